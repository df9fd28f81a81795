import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { openApp, proxied, type TestApp } from './support/open-app.ts'
import { anApp, useApp } from './support/rooms.ts'
import type { RawHeaders } from './support/send.ts'
import { databases, openStorage } from './support/storage.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const cookie = (value: string): RawHeaders => [['Cookie', `session-dev=${value}`]]
const status = async (app: TestApp, headers: RawHeaders) =>
  (await app.send('/api/session', { headers })).status
const aToken = () =>
  `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`

describe.each(databases)('session tokens on %s', (kind) => {
  const opened = useApp(kind)

  it('are read from the cookie only: the same token elsewhere is 401 (V7.2.1, V14.2.1)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const token = browser.sessionCookie()
    expect(await status(app, cookie(token))).toBe(200)
    const elsewhere: readonly RawHeaders[] = [
      [['X-Session-Id', token]],
      [['Authorization', `Bearer ${token}`]],
      [['Authorization', `Session ${token}`]],
      [['Cookie', `session=${token}; sid=${token}; Session-Dev=${token}`]],
      [['Cookie', `__Host-session=${token}`]],
      [['Cookie2', `session-dev=${token}`]],
    ]
    for (const headers of elsewhere)
      expect([headers, await status(app, headers)]).toEqual([headers, 401])
    expect((await app.send(`/api/session?session-dev=${token}&session=${token}`)).status).toBe(401)
    const body = JSON.stringify({ original_url: 'https://dest.test', session: token })
    const headers: RawHeaders = [['Content-Type', 'application/json']]
    expect((await app.send('/api/urls', { method: 'POST', headers, body })).status).toBe(401)
  })

  it('are looked at before the store is: nothing malformed is ever looked up (CS-SM-4, CVE-2015-3982)', async () => {
    const app = opened()
    const good = aToken()
    app.watch.calls.length = 0
    for (const value of [
      '',
      ' ',
      '.',
      'x',
      good.slice(1),
      `${good}A`,
      good.replace('.', ''),
      `"${good}"`,
      `${good}%00`,
      `${good.slice(0, 66)}\u00e9`,
      good.replace(/.$/, 'B'),
      '../../etc/passwd',
      `' OR 1=1 --.${'A'.repeat(43)}`,
      'A'.repeat(10_000),
      'session-dev',
      '__proto__',
    ]) {
      const answer = await app.send('/api/session', { headers: cookie(value) })
      expect([value.slice(0, 80), answer.status]).toEqual([value.slice(0, 80), 401])
    }
    expect(app.watch.calls).toEqual([])
    expect(await status(app, cookie(good))).toBe(401)
    expect(app.watch.calls).toEqual(['store.find'])
  })

  it('names are compared byte for byte: no blanks, quotes, dialects or nameless cookies (PortSwigger, CVE-2023-23934)', async () => {
    const app = opened()
    const token = (await aSignedInBrowser(app)).sessionCookie()
    for (const header of [
      `\u00a0session-dev=${token}`,
      `=session-dev=${token}`,
      `$Version=1; $session-dev=${token}`,
      `session-dev ="${token}"`,
      `SESSION-DEV=${token}`,
      `session-dev%20=${token}`,
      `session%2Ddev=${token}`,
      `x="; session-dev=${token.slice(0, 40)}"`,
    ]) {
      const headers: RawHeaders = [['Cookie', header]]
      expect([header.slice(0, 20), await status(app, headers)]).toEqual([header.slice(0, 20), 401])
    }
    const crowd = Array.from({ length: 100 }, (_, n) => `c${n}=${'v'.repeat(80)}`).join('; ')
    const headers: RawHeaders = [['Cookie', `${crowd}; session-dev=${token}`]]
    expect(await status(app, headers)).toBe(200)
  })

  it('are refused when two session cookies come, in one header or in two, whichever is first (CS-SM-8)', async () => {
    const app = opened()
    const token = (await aSignedInBrowser(app)).sessionCookie()
    for (const headers of [
      [['Cookie', `session-dev=${token}; session-dev=${aToken()}`]],
      [['Cookie', `session-dev=${aToken()}; session-dev=${token}`]],
      [['Cookie', `session-dev=${token}; session-dev=${token}`]],
      [...cookie(token), ...cookie(aToken())],
    ] as const) {
      expect(await status(app, headers)).toBe(401)
    }
    expect(await status(app, cookie(token))).toBe(200)
  })

  it('are nowhere in the database, and what is there opens nothing (CS-SM-19)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.open('/dashboard')
    const token = browser.sessionCookie()
    const [id = '', secret = ''] = token.split('.')
    const dump = await app.storage.dump()
    expect(dump).toContain(id)
    expect(dump).not.toContain(secret)
    expect(dump).not.toContain(Buffer.from(secret, 'base64url').toString('hex'))
    const hash = createHash('sha256').update(secret).digest('base64url')
    expect(dump).toContain(hash)
    expect(await status(app, cookie(`${id}.${hash}`))).toBe(401)
    expect(await status(app, cookie(token))).toBe(200)
  })

  it('differ at every sign-in, and hold 16 and 32 random bytes (V7.2.3)', async () => {
    const app = opened()
    const account = await app.account()
    const tokens = new Set<string>()
    for (let n = 0; n < 10; n += 1) {
      tokens.add((await aSignedInBrowser(app, account)).sessionCookie())
    }
    expect(tokens.size).toBe(10)
    for (const token of tokens) {
      expect(token.split('.').map((half) => Buffer.from(half, 'base64url').length)).toEqual([
        16, 32,
      ])
    }
  })

  it('that nobody issued create no rows, and neither does anybody without one (CVE-2015-5143)', async () => {
    const app = opened()
    const before = await app.storage.fingerprint()
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(Array.from({ length: 25 }, () => status(app, cookie(aToken()))))
    }
    for (const path of ['/', '/login', '/dashboard', '/nothing']) {
      await app.send(path)
      await app.send(path, { headers: cookie(aToken()) })
    }
    expect(await app.storage.fingerprint()).toBe(before)
  })

  it('are not needed to sign out: without a session nothing is written (CVE-2015-5963)', async () => {
    const app = opened()
    const before = await app.storage.fingerprint()
    const browser = aBrowser(app)
    const answer = await browser.submit('/logout', {}, { on: '/login' })
    expect(answer.status).toBe(303)
    browser.cookies.set('session-dev', aToken())
    expect((await browser.submit('/logout', {}, { on: '/login' })).status).toBe(303)
    expect(await app.storage.fingerprint()).toBe(before)
  })
})

describe.each(databases)('session timeouts on %s', (kind) => {
  it('ends a session that was idle for 30 minutes, not a millisecond before, and says so (V7.3.1)', async () => {
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
    expect(textOf(await browser.open(answer.location))).toContain('nothing happened for a while')
    // A client that ignores the expired cookie is refused just the same.
    const api = await app.send('/api/session', { headers: cookie(stale) })
    expect([api.status, api.json()]).toMatchObject([401, { error: { code: 'session_expired' } }])
  })

  it('ends a session after 24 hours, however busy it was (V7.3.2)', async () => {
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

  it('keeps a remembered session 14 days idle and 30 days in all, whatever Max-Age the client heeds', async () => {
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

  it('takes its limits from the environment', async () => {
    const env = { SESSION_MAX_AGE: '2h', SESSION_IDLE_TIMEOUT: '10m' }
    await using app = await anApp(kind, { env })
    const browser = await aSignedInBrowser(app)
    app.clock.advance(10 * minute - second)
    expect((await browser.send('/api/session')).status).toBe(200)
    app.clock.advance(10 * minute)
    expect((await browser.send('/api/session')).status).toBe(401)
  })

  it('writes activity at most once a second, in one statement, and nothing else (CB-3, V15.4.2)', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await browser.open('/dashboard')
    app.watch.calls.length = 0
    const startedAt = performance.now()
    for (let n = 0; n < 100; n += 1) {
      app.clock.advance(100)
      await browser.send('/api/session')
    }
    const seconds = (performance.now() - startedAt) / 1_000
    const writes = app.watch.calls.filter((call) => call === 'store.touch').length
    expect(writes).toBeLessThanOrEqual(Math.ceil(seconds))
    const others = new Set(app.watch.calls.filter((call) => call !== 'store.touch'))
    expect(others).toEqual(new Set(['store.find', 'users.find']))
    await app.closeSessions()
    expect(await app.storage.dump()).toContain(
      kind === 'sqlite'
        ? `"last_activity_at":${app.clock.now()}`
        : `"last_activity_at":"${new Date(app.clock.now()).toISOString()}"`,
    )
  })

  it('evicts the oldest of more than 20 sessions of one user, and no other user is touched', async () => {
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

describe.each(databases)('signing in over what is there on %s (V7.2.4)', (kind) => {
  const opened = useApp(kind)

  it('never adopts a session cookie that somebody planted (CVE-2022-25896, CVE-2023-29019)', async () => {
    const app = opened()
    const account = await app.account()
    const victim = aBrowser(app)
    const planted = aToken()
    victim.cookies.set('session-dev', planted)
    expect((await victim.signIn(account)).status).toBe(303)
    expect(victim.sessionCookie()).not.toBe(planted)
    expect(victim.sessionCookie().split('.')[0]).not.toBe(planted.split('.')[0])
    expect(await status(app, cookie(planted))).toBe(401)
    expect(await status(app, cookie(victim.sessionCookie()))).toBe(200)
  })

  it('ends the session that was there, and carries nothing from one user to the next (CVE-2022-3916)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const first = browser.sessionCookie()
    const csrf = await browser.csrfToken('/dashboard')
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test',
      short_code: `sw-${kind}`,
    })
    const other = await app.account()
    expect((await browser.signIn(other)).status).toBe(303)
    expect(await status(app, cookie(first))).toBe(401)
    const dashboard = await browser.open('/dashboard')
    expect(dashboard.body).toContain(other.email)
    expect(dashboard.body).not.toContain(browser.account.email)
    expect(dashboard.body).not.toContain(`sw-${kind}`)
    const old = await browser.submit('/create', {
      csrf_token: csrf,
      original_url: 'https://dest.test',
    })
    expect(old.status).toBe(403)
    // The same user again: still a new session, and the old one is dead.
    const second = browser.sessionCookie()
    await browser.signIn(other)
    expect([
      await status(app, cookie(second)),
      await status(app, cookie(browser.sessionCookie())),
    ]).toEqual([401, 200])
  })

  it('never takes the pre-session cookie for a session, and expires it at sign-in (CS-CSRF-6)', async () => {
    const app = opened()
    const account = await app.account()
    const browser = aBrowser(app)
    await browser.open('/login')
    const pre = browser.cookies.get('pre-dev') ?? ''
    expect(pre).not.toBe('')
    expect(await status(app, cookie(pre))).toBe(401)
    const answer = await browser.signIn(account)
    expect(answer.setCookies.join()).toMatch(/pre-dev=; [^,]*Max-Age=0/)
  })

  it('leaves the other devices of the user signed in', async () => {
    const app = opened()
    const phone = await aSignedInBrowser(app)
    await aSignedInBrowser(app, phone.account)
    expect((await phone.send('/api/session')).status).toBe(200)
  })

  it('keeps the session that is there when the sign-in over it fails', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.signIn({ email: browser.account.email, password: 'wrong' })
    expect(answer.status).toBe(401)
    expect((await browser.send('/api/session')).status).toBe(200)
  })
})

describe.each(databases)('sessions that have ended on %s', (kind) => {
  it('end at once with the account, in every way in (V7.4.2, GHSA-2vg6-77g8-24mp)', async () => {
    await using app = await anApp(kind, { env: { AUTH_TOKEN: 'a-shared-bearer-token' } })
    const browser = await aSignedInBrowser(app)
    const bearer: RawHeaders = [['Authorization', 'Bearer a-shared-bearer-token']]
    expect((await app.send('/api/urls', { headers: bearer })).status).toBe(200)
    await app.storage.query(`DELETE FROM users WHERE id = '${browser.account.id}'`)
    expect((await browser.send('/api/session')).status).toBe(401)
    expect((await browser.open('/dashboard')).location).toMatch(/^\/login/)
    expect((await app.send('/api/urls', { headers: bearer })).status).toBe(401)
  })

  it('stay ended when the server starts again; those that have not ended go on', async () => {
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

  it('are not brought back by a slow response: one that comes after the sign-out carries no cookie and no life (CVE-2025-46336)', async () => {
    const gate = { until: Promise.resolve(), reached: () => {} }
    await using app = await anApp(kind, {
      withStore: (store) => ({
        ...store,
        async find(id) {
          const record = await store.find(id)
          gate.reached()
          await gate.until
          return record
        },
      }),
    })
    const browser = await aSignedInBrowser(app)
    const token = browser.sessionCookie()
    const { promise: read, resolve: reached } = Promise.withResolvers<void>()
    const { promise: until, resolve: release } = Promise.withResolvers<void>()
    app.clock.advance(5 * second)
    Object.assign(gate, { until, reached })
    // Has read the session, and will take the greeting and write activity.
    const late = app.send('/dashboard', { headers: cookie(token) })
    await read
    Object.assign(gate, { until: Promise.resolve(), reached: () => {} })
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

describe.each(databases)('the client of a session on %s (CS-SM-12, 63B 5.3)', (kind) => {
  const at = (address: string): RawHeaders => [['X-Forwarded-For', address]]
  const addressOn = async (ipCheck: string, address: string) => {
    const env = { ...proxied, SESSION_IP_CHECK: ipCheck }
    await using app = await anApp(kind, { env })
    const browser = aBrowser(app, at('203.0.113.7'))
    await browser.signIn(await app.account())
    const headers: RawHeaders = [
      ['Cookie', `__Host-session=${browser.sessionCookie()}`],
      ...at(address),
    ]
    const moved = await app.send('/api/session', { headers })
    // Whatever became of that: the rightful client stays signed in, and its cookie was not cleared.
    expect(moved.setCookies).toEqual([])
    expect((await browser.send('/api/session')).status).toBe(200)
    return [moved.status, app.log().some(({ event }) => event === 'address-changed')]
  }

  it('may change its address, is reported, or is refused, as SESSION_IP_CHECK says', async () => {
    expect(await addressOn('off', '198.51.100.1')).toEqual([200, false])
    expect(await addressOn('log', '198.51.100.1')).toEqual([200, true])
    expect(await addressOn('subnet', '203.0.113.99')).toEqual([200, true])
    expect(await addressOn('subnet', '203.0.114.7')).toEqual([401, true])
    expect(await addressOn('strict', '203.0.113.8')).toEqual([401, true])
  })

  it('finds the session under the cookie name that the operator chose', async () => {
    await using app = await anApp(kind, { env: { SESSION_COOKIE_NAME: 'ticket' } })
    const browser = await aSignedInBrowser(app)
    const token = browser.cookies.get('ticket-dev') ?? ''
    expect((await browser.send('/api/session')).status).toBe(200)
    expect(await status(app, cookie(token))).toBe(401)
  })

  it('stays signed in when the secret keys are changed: tokens do not depend on them', async () => {
    await using storage = await openStorage(kind)
    await using before = await openApp(storage)
    const browser = await aSignedInBrowser(before)
    const SECRET_KEYS = 'Zq9wXe7rCt5vBy3nMu1kLo8jHp6gFd4s-aS2dF0gHj'
    await using after = await openApp(storage, { clock: before.clock, env: { SECRET_KEYS } })
    expect(await status(after, cookie(browser.sessionCookie()))).toBe(200)
    const elsewhere = aBrowser(after)
    elsewhere.cookies.set('session-dev', browser.sessionCookie())
    const made = await elsewhere.submit('/create', { original_url: 'https://dest.test' })
    expect(made.status).toBe(200)
  })
})

describe.each(databases)('a damaged record on %s', (kind) => {
  it('opens nothing, breaks nothing, and is reported (spring-session 2021)', async () => {
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
