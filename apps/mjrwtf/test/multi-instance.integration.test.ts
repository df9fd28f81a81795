import { describe, expect, it } from 'vitest'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { openApp, type TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases, openStorage } from './support/storage.ts'

const status = async (app: TestApp, headers: RawHeaders) =>
  (await app.send('/api/session', { headers })).status
const cookie = (value: string): RawHeaders => [['Cookie', `session-dev=${value}`]]

describe.each(databases)('two apps on one database, on %s', (kind) => {
  it('share sessions and CSRF tokens', async () => {
    await using storage = await openStorage(kind)
    await using one = await openApp(storage)
    await using two = await openApp(storage, { clock: one.clock })
    const browser = await aSignedInBrowser(one)
    const otherBrowser = aBrowser(two)
    otherBrowser.cookies.set('session-dev', browser.sessionCookie())
    const csrf_token = await browser.csrfToken('/create')
    const created = await otherBrowser.submit('/create', {
      csrf_token,
      original_url: 'https://dest.test',
    })
    expect(created.status).toBe(303)
    // They also share the key that binds tokens of anonymous visitors.
    const visitor = aBrowser(one)
    const before = await visitor.csrfToken('/login')
    const there = aBrowser(two)
    there.cookies.set('pre-dev', visitor.cookies.get('pre-dev') ?? '')
    const { email, password } = browser.account
    const answer = await there.submit('/login', { csrf_token: before, email, password })
    expect(answer.status).toBe(303)
  })

  it('end sessions together: a sign-out in one takes effect in the other at once (V7.4.1)', async () => {
    await using storage = await openStorage(kind)
    // With a cache, the invalidation takes a moment to arrive: see revocation.integration.test.ts.
    const env = { SESSION_CACHE: 'off' }
    await using one = await openApp(storage, { env })
    await using two = await openApp(storage, { env, clock: one.clock })
    const browser = await aSignedInBrowser(one)
    const token = browser.sessionCookie()
    // Both have used the session and have pending activity of it.
    one.clock.advance(5_000)
    expect([await status(one, cookie(token)), await status(two, cookie(token))]).toEqual([200, 200])
    await browser.submit('/logout', {}, { on: '/dashboard' })
    expect([await status(one, cookie(token)), await status(two, cookie(token))]).toEqual([401, 401])
    await two.closeSessions()
    expect(await storage.query('SELECT id FROM sessions WHERE ended_at IS NULL')).toEqual([])
  })

  it('accept no request after a sign-out under load (CB-3)', async () => {
    await using storage = await openStorage(kind)
    await using one = await openApp(storage)
    await using two = await openApp(storage, { clock: one.clock })
    const browser = await aSignedInBrowser(one)
    const token = browser.sessionCookie()
    const load = { stop: false }
    const sendRequests = async (app: TestApp) => {
      while (!load.stop) {
        one.clock.advance(1_000)
        await status(app, cookie(token))
      }
    }
    const senders = [sendRequests(one), sendRequests(two), sendRequests(one), sendRequests(two)]
    const out = await browser.submit('/logout', {}, { on: '/dashboard' })
    expect(out.status).toBe(303)
    const requestTwentyTimes = async (app: TestApp) =>
      new Set(await Promise.all(Array.from({ length: 20 }, () => status(app, cookie(token)))))
    expect(await requestTwentyTimes(one)).toEqual(new Set([401]))
    // The other app is notified of it under load.
    await expect.poll(() => status(two, cookie(token))).toBe(401)
    expect(await requestTwentyTimes(two)).toEqual(new Set([401]))
    load.stop = true
    await Promise.all(senders)
  })

  it('share the sign-in throttle (V6.3.1)', async () => {
    await using storage = await openStorage(kind)
    await using one = await openApp(storage)
    await using two = await openApp(storage, { clock: one.clock })
    const account = await one.account()
    const guess = async (app: TestApp) =>
      (await aBrowser(app).signIn({ email: account.email, password: 'wrong' })).status
    for (const app of [one, two, one, two, one, two]) expect(await guess(app)).toBe(401)
    expect([await guess(one), await guess(two)]).toEqual([429, 429])
    expect((await aBrowser(two).signIn(account)).status).toBe(429)
  })

  it('share rate limits (V2.4.1)', async () => {
    await using storage = await openStorage(kind)
    await using one = await openApp(storage)
    await using two = await openApp(storage, { clock: one.clock })
    const headers: RawHeaders = [['Authorization', 'Bearer a-wrong-bearer-token']]
    const guesses = Array.from({ length: 80 }, (_, n) =>
      (n % 2 === 0 ? one : two).send('/api/urls', { headers }),
    )
    const statuses = (await Promise.all(guesses)).map((answer) => answer.status)
    const { max } = rateLimits.invalidBearerTokens
    expect(statuses.filter((each) => each === 401)).toHaveLength(max)
    expect(statuses.filter((each) => each === 429)).toHaveLength(80 - max)
  })

  it("let only one of two concurrent setups succeed, with either app's code", async () => {
    await using storage = await openStorage(kind)
    await using one = await openApp(storage)
    await using two = await openApp(storage, { clock: one.clock })
    const codes = [
      (await one.features.accounts.issueSetUpCode()) ?? '',
      (await two.features.accounts.issueSetUpCode()) ?? '',
    ]
    const password = 'lantern gravel oboe sixty'
    const answers = await Promise.all(
      [one, two].map((app, n) => {
        const fields = { code: codes[1 - n] ?? '', email: `p${n}@users.test`, password }
        return aBrowser(app).submit('/setup', fields, { on: '/login' })
      }),
    )
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([303, 404])
  })

  it("assign a short code once, and redirect each other's links", async () => {
    await using storage = await openStorage(kind)
    await using one = await openApp(storage)
    await using two = await openApp(storage, { clock: one.clock })
    const browsers = [await aSignedInBrowser(one), await aSignedInBrowser(two)]
    const body = { original_url: 'https://dest.test', short_code: 'wanted' }
    const answers = await Promise.all(
      browsers.map((browser) => browser.call('POST', '/api/urls', body)),
    )
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 409])
    expect([(await one.send('/wanted')).status, (await two.send('/wanted')).status]).toEqual([
      302, 302,
    ])
    await Promise.all([one.flushClicks(), two.flushClicks()])
    expect(await storage.query('SELECT id FROM clicks')).toHaveLength(2)
  })
})
