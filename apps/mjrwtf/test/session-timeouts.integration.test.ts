import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const second = 1_000

const minute = 60 * second

const hour = 60 * minute

const day = 24 * hour

const cookie = (value: string): RawHeaders => [['Cookie', `session-dev=${value}`]]

const status = async (app: TestApp, headers: RawHeaders) =>
  (await app.send('/api/session', { headers })).status

describe.each(databases)('session timeouts on %s', (kind) => {
  it('end a session after 30 idle minutes, not a millisecond before, with the reason (V7.3.1)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    app.clock.advance(30 * minute - second)
    expect((await browser.open('/dashboard')).status).toBe(200)
    await app.flushActivity()
    app.clock.advance(30 * minute - 1)
    expect((await browser.open('/dashboard')).status).toBe(200)
    await app.flushActivity()
    app.clock.advance(30 * minute)
    const stale = browser.sessionCookie()
    const answer = await browser.open('/dashboard?limit=5')
    expect([answer.status, answer.location]).toEqual([
      303,
      '/login?error=session_expired&next=%2Fdashboard%3Flimit%3D5',
    ])
    expect(answer.setCookies.join()).toMatch(/session-dev=; [^,]*Max-Age=0/)
    expect(textOf(await browser.open(answer.location))).toContain('you were inactive')
    // A client that ignores the cookie's expiry is rejected too.
    const api = await app.send('/api/session', { headers: cookie(stale) })
    expect([api.status, api.json()]).toMatchObject([401, { error: { code: 'session_expired' } }])
  })

  it('end a session after 24 hours, however active it was (V7.3.2)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const start = app.clock.now()
    for (let passed = 20 * minute; passed < day; passed += 20 * minute) {
      app.clock.set(start + passed)
      expect((await browser.send('/api/session')).status).toBe(200)
      await app.flushActivity()
    }
    app.clock.set(start + day - second)
    expect((await browser.send('/api/session')).status).toBe(200)
    app.clock.set(start + day + second)
    expect((await browser.send('/api/session')).status).toBe(401)
    const answer = await browser.open('/dashboard')
    expect(answer.location).toBe('/login?error=session_expired&next=%2Fdashboard')
    expect(textOf(await browser.open(answer.location))).toContain('reached its time limit')
  })

  it('keep a remembered session for 14 idle days and 30 days in total, whatever its Max-Age', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const [idle, busy] = [aBrowser(app), aBrowser(app)]
    await idle.signIn(account, { remember_me: 'on' })
    await busy.signIn(account, { remember_me: 'on' })
    const start = app.clock.now()
    app.clock.set(start + 14 * day - second)
    expect((await busy.send('/api/session')).status).toBe(200)
    expect((await idle.send('/api/session')).status).toBe(200)
    await app.flushActivity()
    app.clock.set(start + 28 * day - 2 * second)
    expect((await busy.send('/api/session')).status).toBe(200)
    await app.flushActivity()
    app.clock.set(start + 28 * day)
    expect((await idle.send('/api/session')).status).toBe(401)
    app.clock.set(start + 30 * day - second)
    expect((await busy.send('/api/session')).status).toBe(200)
    app.clock.set(start + 30 * day + second)
    expect((await busy.send('/api/session')).status).toBe(401)
  })

  it('are configured by the environment', async () => {
    const env = { SESSION_MAX_AGE: '2h', SESSION_IDLE_TIMEOUT: '10m' }
    await using app = await anApp(kind, { env })
    const browser = await aSignedInBrowser(app)
    app.clock.advance(10 * minute - second)
    expect((await browser.send('/api/session')).status).toBe(200)
    app.clock.advance(10 * minute)
    expect((await browser.send('/api/session')).status).toBe(401)
  })

  it('activity is written at most once a second, in one statement (CB-3, V15.4.2)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await browser.open('/dashboard')
    app.faults.calls.length = 0
    const startedAt = performance.now()
    for (let n = 0; n < 100; n += 1) {
      app.clock.advance(100)
      await browser.send('/api/session')
    }
    const seconds = (performance.now() - startedAt) / 1_000
    const writes = app.faults.calls.filter((call) => call === 'store.touch').length
    expect(writes).toBeLessThanOrEqual(Math.ceil(seconds))
    const others = new Set(app.faults.calls.filter((call) => call !== 'store.touch'))
    // API calls are counted in batches.
    expect(others).toEqual(new Set(['store.find', 'users.find', 'rateLimiter.consume']))
    await app.closeSessions()
    expect(await app.storage.dump()).toContain(
      kind === 'sqlite'
        ? `"last_activity_at":${app.clock.now()}`
        : `"last_activity_at":"${new Date(app.clock.now()).toISOString()}"`,
    )
  })

  it('the 21st session of a user evicts their oldest one and affects no other user', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const bystander = await aSignedInBrowser(app)
    const tokens: string[] = []
    for (let n = 0; n < 21; n += 1) {
      app.clock.advance(second)
      tokens.push((await aSignedInBrowser(app, account)).sessionCookie())
    }
    const statuses = await Promise.all(tokens.map((token) => status(app, cookie(token))))
    expect(statuses).toEqual([401, ...Array.from({ length: 20 }, () => 200)])
    expect((await bystander.send('/api/session')).status).toBe(200)
  })
})
