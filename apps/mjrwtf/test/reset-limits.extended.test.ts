import { describe, expect, it } from 'vitest'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { clearRates, emailsTo, linkFor, openedLink, tokenOf } from './support/emails.ts'
import { type Account, proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const minute = 60_000
const day = 24 * 60 * minute
const newPassword = 'lantern gravel oboe sixty'
const env = { ...proxied, SMTP_URL: 'smtp://localhost:25', MAIL_FROM: 'a@b.test', SIGNUP: 'open' }

let clientCount = 0

/** A visitor with an IP address of its own. */
function aVisitor(app: TestApp): Browser {
  clientCount += 1
  return aBrowser(
    app,
    from(`10.${clientCount >> 16}.${(clientCount >> 8) & 255}.${clientCount & 255}`),
  )
}

const from = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]

const requestReset = (browser: Browser, email: string) => browser.submit('/forgot', { email })

async function aConfirmedUser(app: TestApp): Promise<Account> {
  app.leakDetector.addSecret(newPassword, 'password')
  await app.account()
  const account = await app.account('owner@users.test')
  const at = app.storage.kind === 'sqlite' ? '0' : 'now()'
  await app.storage.query(
    `UPDATE users SET email_verified_at = ${at} WHERE email = 'owner@users.test'`,
  )
  return account
}

/** Emails with a reset link that the user has received, and how long each works. */
async function receivedLinks(app: TestApp, { email }: Account) {
  const emails = await emailsTo(app, email, 'reset-password')
  return emails.flatMap(({ email: each }) => (each.kind === 'reset-password' ? [each] : []))
}

describe.each(databases)('the reset of a confirmed user on %s', (kind) => {
  it('is sent after sign-ups with that email and requests for others, which are not counted', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aConfirmedUser(app)
    const fields = { email: owner.email, password: 'lantern gravel oboe one' }
    for (let n = 0; n < 6; n += 1) {
      expect((await aVisitor(app).submit('/signup', fields)).status).toBe(400)
    }
    const intruder = await aSignedInBrowser(app)
    for (let n = 0; n < 5; n += 1) {
      const change = await intruder.submit('/settings/email', { email: owner.email })
      expect(change.location).toBe('/settings/account')
    }
    expect(await emailsTo(app, owner.email)).toEqual([])
    expect((await requestReset(aVisitor(app), owner.email)).location).toBe('/forgot')
    expect(await receivedLinks(app, owner)).toHaveLength(1)
  })

  it('is sent although emails of other accounts used up the limit of the mailbox', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aConfirmedUser(app)
    for (let n = 0; n < 8; n += 1) {
      const fields = { email: `owner+${n}@users.test`, password: 'lantern gravel oboe one' }
      expect((await aVisitor(app).submit('/signup', fields)).status).toBe(303)
      await requestReset(aVisitor(app), fields.email)
    }
    const sent = (await app.sendRequestedEmails()).filter(({ to }) => /^owner\+/.test(to))
    expect(sent).toHaveLength(rateLimits.emailsPerMailbox.max)
    await requestReset(aVisitor(app), owner.email)
    expect(await receivedLinks(app, owner)).toHaveLength(1)
  })

  it('always has a link that works, and few emails, while others request it all day', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aConfirmedUser(app)
    const { requestReset: request } = app.features.passwords
    const visitor = { ipAddress: '192.0.2.1', userAgent: null, devices: [] }
    const shortest: number[] = []
    for (let passed = 0; passed < day; passed += 5 * minute) {
      for (let n = 0; n < 3; n += 1) {
        await clearRates(app)
        expect(await request({ email: owner.email, ...visitor })).toMatchObject({
          status: 'requested',
        })
      }
      const links = await receivedLinks(app, owner)
      const works = links.map(({ expiresAt }) => expiresAt - app.clock.now())
      shortest.push(Math.max(...works))
      app.clock.advance(5 * minute)
    }
    expect(Math.min(...shortest)).toBeGreaterThanOrEqual(30 * minute)
    expect(await receivedLinks(app, owner)).toHaveLength(52)
    // The newest link is not only unexpired, it works.
    app.clock.advance(-5 * minute)
    const path = await linkFor(app, owner.email, 'reset-password')
    const browser = await openedLink(app, path, aVisitor(app))
    expect((await browser.submit('/reset', { password: newPassword })).location).toBe('/login')
    // A new password invalidates all links, so new ones are sent.
    await requestReset(aVisitor(app), owner.email)
    expect(await linkFor(app, owner.email, 'reset-password')).not.toBe(path)
  }, 60_000)

  it('opens a locked account while guesses from elsewhere continue', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aConfirmedUser(app)
    const guess = (ipAddress: string) =>
      app.features.signIn.authenticate({ email: owner.email, password: 'wrong', ipAddress })
    await guess('192.0.2.1')
    await app.storage.query('UPDATE attempts SET failures = 100')
    expect((await aVisitor(app).signIn(owner)).status).toBe(429)
    const browser = aVisitor(app)
    await requestReset(browser, owner.email)
    await openedLink(app, await linkFor(app, owner.email, 'reset-password'), browser)
    await browser.submit('/reset', { password: newPassword })
    for (let n = 0; n < 20; n += 1) await guess(`192.0.2.${n}`)
    const credentials = { email: owner.email, password: newPassword }
    expect((await aVisitor(app).signIn(credentials)).status).toBe(429)
    app.clock.advance(1)
    expect((await browser.signIn(credentials)).status).toBe(303)
  })

  it('is sent to a known browser although others behind its IP address reached the limit', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aConfirmedUser(app)
    const shared = from('198.51.100.7')
    const browser = aBrowser(app, shared)
    expect((await browser.signIn(owner)).status).toBe(303)
    await browser.submit('/logout', {}, { on: '/dashboard' })
    const neighbor = aBrowser(app, shared)
    const statuses: number[] = []
    for (let n = 0; n < rateLimits.emailsPerClient.max + 2; n += 1) {
      statuses.push((await requestReset(neighbor, `nobody-${n}@users.test`)).status)
    }
    expect(statuses.slice(-2)).toEqual([429, 429])
    expect((await requestReset(browser, owner.email)).location).toBe('/forgot')
    expect(await receivedLinks(app, owner)).toHaveLength(1)
  })

  it('link works although invalid links from the same IP address reached the limit', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aConfirmedUser(app)
    const shared = from('198.51.100.7')
    await requestReset(aVisitor(app), owner.email)
    const path = await linkFor(app, owner.email, 'reset-password')
    const { max } = rateLimits.invalidEmailTokens
    const statuses: number[] = []
    for (let n = 0; n < max + 2; n += 1) {
      const guess = `/reset?token=${'A'.repeat(41)}${n + 10}`
      const neighbor = await openedLink(app, guess, aBrowser(app, shared))
      statuses.push((await neighbor.open('/reset')).status)
    }
    expect(statuses.slice(max)).toEqual([429, 429])
    const browser = await openedLink(app, path, aBrowser(app, shared))
    expect((await browser.submit('/reset', { password: newPassword })).location).toBe('/login')
    expect(tokenOf(path)).toHaveLength(43)
  })

  it('is answered the same whether or not a link is sent (V6.3.8)', async () => {
    await using app = await anApp(kind, { env })
    const owner = await aConfirmedUser(app)
    const pages: string[] = []
    for (const email of [owner.email, owner.email, owner.email, owner.email, 'no@users.test']) {
      const browser = aVisitor(app)
      const answer = await requestReset(browser, email)
      await app.sendRequestedEmails()
      const text = textOf(await browser.open('/forgot')).replaceAll(email, '…')
      pages.push(`${answer.status} ${answer.location} ${text}`)
    }
    expect(await receivedLinks(app, owner)).toHaveLength(3)
    expect(new Set(pages).size).toBe(1)
  })
})
