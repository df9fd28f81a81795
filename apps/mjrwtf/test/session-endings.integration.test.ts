import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { openApp, proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases, openStorage } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const second = 1_000

const minute = 60 * second

const cookie = (value: string): RawHeaders => [['Cookie', `session-dev=${value}`]]

const status = async (app: TestApp, headers: RawHeaders) =>
  (await app.send('/api/session', { headers })).status

describe.each(databases)('ended sessions on %s', (kind) => {
  it('end at once with the account, for every credential (V7.4.2, GHSA-2vg6-77g8-24mp)', async () => {
    await using app = await anApp(kind, { env: { AUTH_TOKEN: 'a-shared-bearer-token' } })
    const browser = await aSignedInBrowser(app)
    const bearer: RawHeaders = [['Authorization', 'Bearer a-shared-bearer-token']]
    expect((await app.send('/api/urls', { headers: bearer })).status).toBe(200)
    await app.storage.query(`DELETE FROM users WHERE id = '${browser.account.id}'`)
    expect((await browser.send('/api/session')).status).toBe(401)
    expect((await browser.open('/dashboard')).location).toMatch(/^\/login/)
    expect((await app.send('/api/urls', { headers: bearer })).status).toBe(401)
  })

  it('stay ended after a restart, while other sessions stay active', async () => {
    await using storage = await openStorage(kind)
    let tokens: readonly string[] = []
    let clock: TestApp['clock'] | undefined
    {
      await using before = await openApp(storage)
      clock = before.clock
      const out = await aSignedInBrowser(before)
      const idle = await aSignedInBrowser(before)
      const alive = await aSignedInBrowser(before)
      tokens = [out, idle, alive].map((browser) => browser.sessionCookie())
      await out.submit('/logout', {}, { on: '/dashboard' })
      clock.advance(29 * minute)
      await alive.send('/api/session')
      clock.advance(2 * minute)
    }
    await using after = await openApp(storage, { clock })
    const statuses = await Promise.all(tokens.map((token) => status(after, cookie(token))))
    expect(statuses).toEqual([401, 401, 200])
  })

  it('are not revived by a slow response, which sets no cookie (CVE-2025-46336)', async () => {
    const block = { until: Promise.resolve(), reached: () => {} }
    await using app = await anApp(kind, {
      // The response waits for the read.
      env: { SESSION_CACHE: 'off' },
      wrapStore: (store) => ({
        ...store,
        async find(id) {
          const record = await store.find(id)
          block.reached()
          await block.until
          return record
        },
      }),
    })
    const browser = await aSignedInBrowser(app)
    const token = browser.sessionCookie()
    const { promise: read, resolve: reached } = Promise.withResolvers<void>()
    const { promise: until, resolve: release } = Promise.withResolvers<void>()
    app.clock.advance(5 * second)
    Object.assign(block, { until, reached })
    // Has read the session, and will consume the flash and write activity.
    const late = app.send('/dashboard', { headers: cookie(token) })
    await read
    Object.assign(block, { until: Promise.resolve(), reached: () => {} })
    const out = await browser.submit('/logout', {}, { on: '/create' })
    expect(out.status).toBe(303)
    release()
    const answer = await late
    expect(answer.setCookies.filter((each) => each.startsWith('session-dev='))).toEqual([])
    expect(await status(app, cookie(token))).toBe(401)
    await app.closeSessions()
    expect(await app.storage.query('SELECT id FROM sessions WHERE ended_at IS NULL')).toEqual([])
  })
})

describe.each(databases)('client of a session on %s (CS-SM-12, 63B 5.3)', (kind) => {
  const at = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]
  const outcomeOf = async (ipCheck: string, ipAddress: string) => {
    const env = { ...proxied, SESSION_IP_CHECK: ipCheck }
    await using app = await anApp(kind, { env })
    const browser = aBrowser(app, at('203.0.113.7'))
    await browser.signIn(await app.account())
    const headers: RawHeaders = [
      ['Cookie', `__Host-session=${browser.sessionCookie()}`],
      ...at(ipAddress),
    ]
    const moved = await app.send('/api/session', { headers })
    // In every case the original client stays signed in, and its cookie is not cleared.
    expect(moved.setCookies).toEqual([])
    expect((await browser.send('/api/session')).status).toBe(200)
    return [moved.status, app.log().some(({ event }) => event === 'ip-address-changed')]
  }

  it('IP address change: allowed, reported or rejected by SESSION_IP_CHECK', async () => {
    expect(await outcomeOf('off', '198.51.100.1')).toEqual([200, false])
    expect(await outcomeOf('log', '198.51.100.1')).toEqual([200, true])
    expect(await outcomeOf('subnet', '203.0.113.99')).toEqual([200, true])
    expect(await outcomeOf('subnet', '203.0.114.7')).toEqual([401, true])
    expect(await outcomeOf('strict', '203.0.113.8')).toEqual([401, true])
  })

  it.each([
    ['strict', '203.0.113.8'],
    ['subnet', '203.0.114.7'],
  ])(
    '%s: sign-in page states that the IP address changed, and the session stays active',
    async (ipCheck, ipAddress) => {
      await using app = await anApp(kind, { env: { ...proxied, SESSION_IP_CHECK: ipCheck } })
      const browser = aBrowser(app, at('203.0.113.7'))
      const account = await app.account()
      await browser.signIn(account)
      const moved = aBrowser(app, at(ipAddress))
      for (const [name, value] of browser.cookies) moved.cookies.set(name, value)
      for (const path of ['/dashboard', '/settings/password']) {
        const rejected = await moved.open(path)
        expect(rejected.location).toBe(`/login?next=${encodeURIComponent(path)}`)
        expect(textOf(await moved.open(rejected.location))).toContain(
          'Your network changed, so you need to sign in again.',
        )
      }
      expect((await browser.open('/settings/password')).status).toBe(200)
      expect((await moved.signIn(account)).status).toBe(303)
      expect((await moved.open('/settings/password')).status).toBe(200)
    },
  )

  it.each([
    ['off', 200, false],
    ['log', 303, true],
  ] as const)(
    'another network requires step-up and is logged, unless SESSION_IP_CHECK is off: %s',
    async (ipCheck, status, isReported) => {
      await using app = await anApp(kind, { env: { ...proxied, SESSION_IP_CHECK: ipCheck } })
      const browser = aBrowser(app, at('203.0.113.7'))
      await browser.signIn(await app.account())
      const moved = aBrowser(app, at('198.51.100.1'))
      for (const [name, value] of browser.cookies) moved.cookies.set(name, value)
      expect((await moved.open('/dashboard')).status).toBe(200)
      expect((await moved.open('/settings/password')).status).toBe(status)
      await app.flushSecurityEvents()
      const changes = "SELECT kind FROM security_events WHERE kind = 'ip-address-changed'"
      expect((await app.storage.query(changes)).length > 0).toBe(isReported)
    },
  )

  it('the session cookie has the configured name', async () => {
    await using app = await anApp(kind, { env: { SESSION_COOKIE_NAME: 'ticket' } })
    const browser = await aSignedInBrowser(app)
    const token = browser.cookies.get('ticket-dev') ?? ''
    expect((await browser.send('/api/session')).status).toBe(200)
    expect(await status(app, cookie(token))).toBe(401)
  })

  it('rotating the secret keys ends no session, because tokens do not depend on them', async () => {
    await using storage = await openStorage(kind)
    await using before = await openApp(storage)
    const browser = await aSignedInBrowser(before)
    const SECRET_KEYS = 'Zq9wXe7rCt5vBy3nMu1kLo8jHp6gFd4s-aS2dF0gHj'
    await using after = await openApp(storage, { clock: before.clock, env: { SECRET_KEYS } })
    expect(await status(after, cookie(browser.sessionCookie()))).toBe(200)
    const otherBrowser = aBrowser(after)
    otherBrowser.cookies.set('session-dev', browser.sessionCookie())
    const created = await otherBrowser.submit('/create', { original_url: 'https://dest.test' })
    expect([created.status, created.location]).toEqual([303, expect.stringMatching(/^\/links\//)])
  })
})

describe.each(databases)('corrupt session record on %s', (kind) => {
  it('does not authenticate, breaks no page, and is logged (spring-session 2021)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const zeros = kind === 'sqlite' ? "x'00'" : "'\\x00'"
    await app.storage.query(`UPDATE sessions SET data = 'not json', csrf_secret = ${zeros}`)
    expect((await browser.send('/api/session')).status).toBe(401)
    expect((await browser.open('/dashboard')).status).toBe(303)
    expect(app.log().map(({ event }) => event)).toContain('record-unreadable')
    expect((await aSignedInBrowser(app, browser.account)).sessionCookie()).not.toBe('')
  })
})
