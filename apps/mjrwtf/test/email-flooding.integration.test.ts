import { describe, expect, it } from 'vitest'
import type { Email } from '../src/application/ports/email.ts'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser, type Browser } from './support/browser.ts'
import { linkFor, openedLink } from './support/emails.ts'
import type { TestApp } from './support/open-app.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const env = { SIGNUP: 'open' }
const firstPassword = 'lantern gravel oboe number 0'

async function signUp(app: TestApp, email: string): Promise<Browser> {
  const browser = aBrowser(app)
  app.leakDetector.addSecret(firstPassword, 'password')
  const answer = await browser.submit('/signup', { email, password: firstPassword })
  expect(answer.location).toBe('/dashboard')
  return browser
}

/** Changes the password `times` times, each starting from the previous one. */
async function changePasswordRepeatedly(browser: Browser, times: number, first = firstPassword) {
  for (let n = 1; n <= times; n += 1) {
    const fields = {
      current_password: n === 1 ? first : `lantern gravel oboe number ${n - 1}`,
      new_password: `lantern gravel oboe number ${n}`,
    }
    expect((await browser.submit('/settings/password', fields)).location).toBe('/settings/password')
  }
}

async function countOf(app: TestApp, kind: Email['kind']): Promise<number> {
  return (await app.sendRequestedEmails()).filter(({ email }) => email.kind === kind).length
}

describe.each(databases)('emails to an unverified mailbox on %s', (kind) => {
  it('are limited to five an hour, over all accounts and spellings that reach the mailbox', async () => {
    await using app = await anApp(kind, { env })
    await app.account()
    const spellings = [
      ...['target@users.test', 'target+1@users.test', 'target+2@users.test'],
      ...['target@user\uff53.test', 'target@users\u3002test', 'target@users.test.'],
      ...['target+3@users.test', 'target+4@users.test'],
    ]
    for (const email of spellings) await signUp(app, email)
    expect(await countOf(app, 'verify-email')).toBe(5)
    await signUp(app, 'other@users.test')
    expect(await countOf(app, 'verify-email')).toBe(6)
  })

  it('are counted once each, however often the database fails before they are sent', async () => {
    await using app = await anApp(kind, { env })
    await app.account()
    const failToSend = async () => {
      app.faults.fail('emailTokens.add', () => new RepositoryError('planted'))
      for (let n = 0; n < 6; n += 1) {
        await expect(app.sendRequestedEmails()).rejects.toThrow('planted')
      }
      app.faults.restore()
    }
    await signUp(app, 'target@users.test')
    await failToSend()
    expect(await countOf(app, 'verify-email')).toBe(1)
    await aBrowser(app).submit('/forgot', { email: 'target@users.test' })
    await failToSend()
    expect(await countOf(app, 'reset-password')).toBe(1)
    for (const n of [1, 2, 3, 4]) await signUp(app, `target+${n}@users.test`)
    expect(await countOf(app, 'verify-email')).toBe(4)
  })

  it('are limited to ten notifications of a kind, whatever is done with such accounts', async () => {
    await using app = await anApp(kind, { env })
    await app.account()
    await changePasswordRepeatedly(await signUp(app, 'target@users.test'), 11)
    expect(await countOf(app, 'password-changed')).toBe(10)
    await changePasswordRepeatedly(await signUp(app, 'target+1@users.test'), 1)
    expect(await countOf(app, 'password-changed')).toBe(10)
    for (let n = 0; n < 11; n += 1) {
      const email = `target+deleted${n}@users.test`
      const browser = await signUp(app, email)
      expect((await browser.submit('/settings/delete', { email })).status).toBe(303)
    }
    expect(await countOf(app, 'account-deleted')).toBe(10)
  })
})

describe.each(databases)('notifications to a verified user on %s', (kind) => {
  async function aVerifiedUser(app: TestApp) {
    const owner = await aSignedInBrowser(app, await app.account('owner@users.test'))
    await owner.submit('/settings/email/verification', {}, { on: '/settings/account' })
    await (
      await openedLink(app, await linkFor(app, 'owner@users.test', 'verify-email'), owner)
    ).submit('/verify')
    return owner
  }

  it('of a new password are sent even if others used up the limit of that mailbox', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aVerifiedUser(app)
    await changePasswordRepeatedly(await signUp(app, 'owner+1@users.test'), 11)
    await changePasswordRepeatedly(owner, 1, owner.account.password)
    const emails = await app.sendRequestedEmails()
    const reported = emails.filter(
      ({ to, email }) => email.kind === 'password-changed' && to === owner.account.email,
    )
    expect(reported).toHaveLength(1)
  })

  it('are sent after many failed changes, and while rate limits cannot be counted', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aVerifiedUser(app)
    const { password } = owner.account
    const fields = { current_password: password, new_password: 'lantern gravel oboe number 1' }
    app.faults.fail('users.changePassword', () => new RepositoryError('planted'))
    for (let n = 0; n < 12; n += 1) {
      expect((await owner.submit('/settings/password', fields)).status).toBe(503)
    }
    app.faults.restore()
    await changePasswordRepeatedly(owner, 1, password)
    expect(await countOf(app, 'password-changed')).toBe(1)
    app.faults.fail('rateLimiter.consume', () => new RepositoryError('planted'))
    const again = {
      current_password: fields.new_password,
      new_password: 'lantern gravel oboe number 2',
    }
    expect((await owner.submit('/settings/password', again)).status).toBe(303)
    app.faults.restore()
    expect(await countOf(app, 'password-changed')).toBe(2)
  })
})
