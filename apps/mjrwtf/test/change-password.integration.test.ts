import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import {
  aBrowser,
  aSignedInBrowser,
  formType,
  fromOurPage,
  type SignedInBrowser,
  textOf,
} from './support/browser.ts'
import type { Account, TestApp } from './support/open-app.ts'
import type { TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const path = '/settings/password'
const newPassword = 'lantern gravel oboe sixty'

function change(browser: SignedInBrowser, to = newPassword, from = browser.account.password) {
  return browser.submit(path, { current_password: from, new_password: to })
}

/** Fetches the form now and returns a function that submits it later, as an open page does. */
async function sendLater(app: TestApp, browser: SignedInBrowser, to = newPassword) {
  const csrf_token = await browser.csrfToken(path)
  const fields = { csrf_token, current_password: browser.account.password, new_password: to }
  const body = new URLSearchParams(fields).toString()
  const headers = [...formType, ...fromOurPage(app)]
  return () => browser.send(path, { method: 'POST', headers, body })
}

async function twoDevices(app: TestApp) {
  app.leakDetector.addSecret(newPassword, 'password')
  const one = await aSignedInBrowser(app)
  return { one, other: await aSignedInBrowser(app, one.account), account: one.account }
}

const withNew = (account: Account) => ({ email: account.email, password: newPassword })

async function isUnchanged(app: TestApp, account: Account): Promise<boolean> {
  return (await aBrowser(app).signIn(account)).status === 303
}

describe.each(databases)('changing the password on %s', (kind) => {
  const opened = useApp(kind)

  it("ends other sessions with the reason and replaces this session's secret (CS-SM-6, V7.4.3)", async () => {
    const app = opened()
    const { one, other, account } = await twoDevices(app)
    const [before, csrfBefore] = [one.sessionCookie(), await one.csrfToken(path)]

    const answer = await change(one)
    expect([answer.status, answer.location]).toEqual([303, path])
    expect(one.sessionCookie()).not.toBe(before)
    expect(one.sessionCookie().split('.')[0]).toBe(before.split('.')[0])
    const after = await one.open(path)
    expect(textOf(after)).toContain('Password changed.')
    expect(after.body).toContain('<a href="/forgot">')

    const rejected = await other.open('/dashboard')
    expect(rejected.location).toMatch(/^\/login\?error=session_expired&next=/)
    expect(textOf(await other.open(rejected.location))).toContain('the password was changed')
    const ended = await app.storage.query(
      `SELECT end_reason FROM sessions WHERE user_id = '${account.id}' AND ended_at IS NOT NULL`,
    )
    expect(JSON.stringify(ended)).toContain('password-changed')

    const headers = [...formType, ...fromOurPage(app)]
    const body = new URLSearchParams({ csrf_token: csrfBefore }).toString()
    const late = await one.send('/logout', { method: 'POST', headers, body })
    expect(late.status).toBe(403)
    expect((await one.open('/dashboard')).status).toBe(200)

    app.clock.advance(1)
    expect((await aBrowser(app).signIn(account)).status).toBe(401)
    expect((await aBrowser(app).signIn(withNew(account))).status).toBe(303)
  })

  it('logs a password-changed event', async () => {
    const app = opened()
    const { one, account } = await twoDevices(app)
    await change(one)
    const line = app.log().findLast(({ event }) => event === 'password-changed')
    expect(line).toMatchObject({ userId: account.id, level: 30, ipAddress: '127.0.0.1' })
  })

  it('emails the user after the change, and not after a failed one (V6.3.7)', async () => {
    const app = opened()
    const { one, account } = await twoDevices(app)
    const emails = () =>
      app
        .emails()
        .filter(({ to, email }) => to === account.email && email.kind === 'password-changed')
    await change(one, newPassword, 'not the right one at all')
    await change(one, 'short')
    expect(emails()).toEqual([])

    app.clock.advance(1_000)
    await change(one)
    expect(emails().map(({ email }) => email)).toEqual([
      { kind: 'password-changed', at: app.clock.now() },
    ])
    const [{ composed } = { composed: null }] = emails()
    expect(composed?.text).toContain(`${app.baseUrl}/forgot`)
    expect(JSON.stringify(composed)).not.toContain(newPassword)
  })

  it('wrong current password: 403 at the field, counted and throttled (V6.2.2, V6.2.3)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const failures = async () => {
      const rows = await app.storage.query(
        `SELECT failures FROM attempts WHERE key LIKE 'account:%' ORDER BY last_attempt_at DESC, failures DESC`,
      )
      return rows[0]
    }
    app.clock.advance(1)
    const answer = await change(browser, newPassword, 'not the right one at all')
    expect(answer.status).toBe(403)
    expect(answer.body).toMatch(/id="current_password"[^>]*aria-invalid="true"/)
    expect(answer.body).toContain('Wrong password.')
    expect(answer.body).not.toMatch(/value="(not the right|lantern)/)
    expect(await failures()).toEqual({ failures: 1 })

    const later: TestResponse[] = []
    for (let n = 0; n < 6; n += 1) later.push(await change(browser, newPassword, 'wrong'))
    expect(later.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 429])
    expect(later.at(-1)?.headers['retry-after']).toBe('1')
    expect((await browser.open('/dashboard')).status).toBe(200)
    await app.features.signIn.unlockAccount(browser.account.email)
    expect(await isUnchanged(app, browser.account)).toBe(true)
  })

  it.each([
    ['too short', 'short', /at least 15 characters/],
    ['too long', 'x'.repeat(1_025), /at most 1024 characters/],
    ['common', 'passwordpassword', /.+/],
    ['the name of the service', 'mjr.wtf mjr.wtf', /.+/],
  ])('rejects a new password that is %s, with the reason at its field', async (_, to, reason) => {
    const browser = await aSignedInBrowser(opened())
    const answer = await change(browser, to)
    expect(answer.status).toBe(400)
    const [, problem = ''] = /id="new_password-problem">([^<]+)</.exec(answer.body) ?? []
    expect(problem).toMatch(reason)
    expect(await isUnchanged(opened(), browser.account)).toBe(true)
  })

  it('rejects the current password in any Unicode form, and the email, as new password', async () => {
    const app = opened()
    const account = await app.account('carefully.chosen@users.test')
    const browser = await aSignedInBrowser(app, account)
    expect((await change(browser, account.email)).status).toBe(400)
    expect((await change(browser, account.password)).body).toContain('Choose a password different')

    const composed = 'café résumé naïve über'.normalize('NFC')
    app.leakDetector.addSecret(composed, 'password')
    expect((await change(browser, composed)).status).toBe(303)
    const again = await change(browser, composed.normalize('NFD'), composed.normalize('NFD'))
    expect(again.body).toContain('Choose a password different')
  })

  it('requires recent authentication and changes nothing (V7.5.1)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const late = await sendLater(app, browser)
    app.clock.advance(15 * 60_000)
    const passwords = () => app.storage.query('SELECT password_hash FROM users ORDER BY id')
    const before = await passwords()
    expect((await browser.open(path)).location).toBe('/reauthenticate?next=%2Fsettings%2Fpassword')
    expect((await late()).location).toMatch(/^\/reauthenticate\?next=/)
    expect(await passwords()).toEqual(before)
  })

  it('rejects an unknown field and a repeated field', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const csrf_token = await browser.csrfToken(path)
    const headers = [...formType, ...fromOurPage(app)]
    for (const more of ['user_id=x', 'new_password=b']) {
      const fields = { csrf_token, current_password: browser.account.password, new_password: 'a' }
      const body = `${new URLSearchParams(fields)}&${more}`
      expect((await browser.send(path, { method: 'POST', headers, body })).status).toBe(400)
    }
  })
})

describe.each(databases)('concurrent changes of one password on %s', (kind) => {
  it('from two devices: one succeeds, the other is answered 409', async () => {
    await using app = await anApp(kind)
    const { one, other, account } = await twoDevices(app)
    const requested = [newPassword, 'quiet copper meadow nine']
    // Both requests have checked the current password before either replaces it.
    const blocked = app.faults.block('users.changePassword')
    const first = change(one, requested[0])
    await blocked.reached
    const second = await change(other, requested[1])
    blocked.release()
    expect(second.status).toBe(303)
    const overtaken = await first
    expect(overtaken.status).toBe(409)
    expect(textOf(overtaken)).toContain('Nothing was changed here.')
    app.clock.advance(1)
    const works = (password = '') => aBrowser(app).signIn({ email: account.email, password })
    expect((await works(requested[0])).status).toBe(401)
    expect((await works(requested[1])).status).toBe(303)
  })

  it('one form sent ten times: changes the password once and keeps the session', async () => {
    await using app = await anApp(kind)
    const { one, account } = await twoDevices(app)
    const send = await sendLater(app, one)
    const answers = await Promise.all(Array.from({ length: 10 }, send))
    const changed = answers.filter(({ location }) => location === path)
    expect(changed).toHaveLength(1)
    // Requests after the change had a wrong current password and caused a throttle delay, which
    // passes here.
    app.clock.advance(16 * 60_000)
    expect((await aBrowser(app).signIn(withNew(account))).status).toBe(303)
    expect(await app.storage.query('SELECT password_version FROM users')).toEqual([
      { password_version: 1 },
    ])
    // A double click is not treated as theft: the session is still active.
    expect((await one.send('/api/session')).status).toBe(200)
  })

  it('rejects a concurrent sign-in with the old password', async () => {
    await using app = await anApp(kind)
    const { one, account } = await twoDevices(app)
    const intruder = aBrowser(app)
    const blocked = app.faults.block('store.insert')
    const signingIn = intruder.signIn(account)
    await blocked.reached
    expect((await change(one)).status).toBe(303)
    blocked.release()
    expect((await signingIn).status).toBe(401)
    expect(intruder.sessionCookie()).toBe('')
  })
})

const failing = {
  store: () => new SessionError('store-unavailable', 'planted'),
  users: () => new RepositoryError('planted'),
}

describe.each(databases)('changing the password while the database fails on %s', (kind) => {
  it.each([
    ['attempts.reserve', failing.users],
    ['users.findByEmail', failing.users],
    ['attempts.clear', failing.users],
    ['store.replaceSecret', failing.store],
    ['users.changePassword', failing.users],
  ])('%s: 503, nothing is changed, and the next attempt succeeds', async (method, error) => {
    await using app = await anApp(kind)
    const { one, other, account } = await twoDevices(app)
    const send = await sendLater(app, one)
    app.faults.fail(method, error)
    const answer = await send()
    app.faults.restore()
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
    expect(answer.body).not.toContain('Password changed')
    expect(app.emails().filter(({ email }) => email.kind === 'password-changed')).toEqual([])
    expect((await other.open('/dashboard')).status).toBe(200)
    await app.features.signIn.unlockAccount(account.email)
    expect(await isUnchanged(app, account)).toBe(true)
    expect((await change(one)).status).toBe(303)
  })

  it('store.endByUser: reports the change; the old password and sessions are still rejected', async () => {
    await using app = await anApp(kind)
    const { one, other, account } = await twoDevices(app)
    const third = await aSignedInBrowser(app, account)
    const late = aBrowser(app)
    const blocked = app.faults.block('store.insert')
    const signingIn = late.signIn(account)
    await blocked.reached
    app.faults.fail('store.endByUser', failing.store)
    const answer = await change(one)
    app.faults.restore()
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
    expect(textOf(answer)).toContain('Password changed')
    const reported = app.emails().filter(({ email }) => email.kind === 'password-changed')
    expect(reported).toMatchObject([{ to: account.email }])
    expect((await aBrowser(app).signIn(account)).status).toBe(401)

    // The store did not end the sessions, so it accepts this sign-in.
    blocked.release()
    expect((await signingIn).status).toBe(303)
    for (const outdated of [other, late]) {
      const rejected = await outdated.open('/dashboard?q=a')
      expect(rejected.location).toBe('/login?error=session_expired&next=%2Fdashboard%3Fq%3Da')
      expect(outdated.sessionCookie()).toBe('')
      expect(textOf(await outdated.open('/login'))).toContain('the password was changed')
    }
    expect((await third.send('/api/session')).status).toBe(401)
    const live = await app.storage.query(
      `SELECT id FROM sessions WHERE user_id = '${account.id}' AND ended_at IS NULL`,
    )
    expect(live).toEqual([{ id: one.sessionCookie().split('.')[0] }])

    expect((await one.open('/dashboard')).status).toBe(200)
    const next = aBrowser(app)
    expect((await next.signIn(withNew(account))).status).toBe(303)
    expect((await next.open('/dashboard')).status).toBe(200)
    const again = await one.submit(path, {
      current_password: newPassword,
      new_password: 'quiet copper meadow nine',
    })
    expect(again.status).toBe(303)
    expect((await next.open('/dashboard')).status).toBe(303)
  })
})
