import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { openApp, proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases, openStorage } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const second = 1_000
const minute = 60 * second

/** As the trusted proxy reports it. */
const from = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]
const attacker = '203.0.113.66'

const randomToken = () =>
  `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`

/** A request of the attacker with an unknown token. */
function guess(app: TestApp, path = '/api/session', headers: RawHeaders = []) {
  const cookie = ['Cookie', `__Host-session=${randomToken()}`] as const
  return app.send(path, { headers: [...from(attacker), cookie, ...headers] })
}

/** Sends that many concurrently and returns the count of each status. */
async function sendUnknownTokens(
  app: TestApp,
  times: number,
): Promise<Readonly<Record<number, number>>> {
  const answers = await Promise.all(Array.from({ length: times }, () => guess(app)))
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

const readsOf = ({ faults }: TestApp) => faults.calls.filter((call) => call.startsWith('store.'))

describe.each(databases)('flood of unknown session tokens on %s', (kind) => {
  const open = (env: Readonly<Record<string, string>> = {}) =>
    anApp(kind, { env: { ...proxied, ...env } })

  it('reaches the store 100 times, then 20 times a second, and writes nothing (CVE-2015-5143)', async () => {
    await using app = await open()
    const before = await app.fingerprint()
    for (const reads of [120, 240]) {
      expect(await sendUnknownTokens(app, 500)).toEqual({ 401: 120, 429: 380 })
      expect(await sendUnknownTokens(app, 20)).toEqual({ 429: 20 })
      expect(app.faults.calls.length).toBe(reads)
      expect(new Set(app.faults.calls)).toEqual(new Set(['store.find']))
      app.clock.advance(minute)
    }
    expect(await app.fingerprint()).toBe(before)
  })

  it('is logged as one warning and no error', async () => {
    await using app = await open()
    await sendUnknownTokens(app, 150)
    for (const path of ['/', '/dashboard', '/session/events']) {
      expect((await guess(app, path)).status).toBe(429)
    }
    const raised = app.log().filter(({ level }) => level !== 'info' && level !== 30)
    expect(raised).toMatchObject([{ event: 'unknown-tokens-throttled', ipAddress: attacker }])
  })

  it('is explained by one log line if the proxy does not forward the IP addresses of clients', async () => {
    await using app = await open()
    const cookie = ['Cookie', `__Host-session=${randomToken()}`] as const
    for (let n = 0; n < 3; n += 1) await app.send('/api/session', { headers: [cookie] })
    const lines = app.log().filter(({ event }) => event === 'client-address-shared')
    expect(lines).toMatchObject([{ ipAddress: '127.0.0.1', reason: 'no-forwarded-address' }])
  })

  it('does not affect sessions at other IP addresses or anonymous visitors', async () => {
    await using app = await open()
    const browser = await aSignedInBrowser(app)
    await sendUnknownTokens(app, 150)
    expect((await browser.open('/dashboard', from('203.0.113.67'))).status).toBe(200)
    expect((await aBrowser(app, from(attacker)).open('/login')).status).toBe(200)
  })

  it('does not affect a cached session at the same IP address', async () => {
    await using app = await open()
    const browser = await aSignedInBrowser(app)
    const duringFlood = async () => {
      app.clock.advance(minute)
      // The first request consumes the flash; the second finds the session unchanged.
      for (const _ of [1, 2]) await browser.open('/dashboard', from(attacker))
      await sendUnknownTokens(app, 150)
      app.faults.calls.length = 0
      const { status } = await browser.open('/dashboard', from(attacker))
      return [status, readsOf(app)]
    }
    // Retried, because a pause of the machine invalidates the cache.
    await expect.poll(duringFlood).toEqual([200, []])
  })

  it('rejects a session of another process for a second at its IP address, without ending it', async () => {
    await using storage = await openStorage(kind)
    const options = { env: { ...proxied, SESSION_CACHE: 'off' } }
    await using other = await openApp(storage, options)
    await using app = await openApp(storage, { ...options, clock: other.clock })
    const browser = aBrowser(app, from(attacker))
    const cookie = (await aSignedInBrowser(other)).sessionCookie()
    browser.cookies.set('__Host-session', cookie)
    await sendUnknownTokens(app, 150)
    app.faults.calls.length = 0
    app.clock.advance(999)
    const rejected = await browser.open('/dashboard')
    expect([rejected.status, rejected.setCookies, rejected.headers['retry-after']]).toEqual([
      429,
      [],
      '1',
    ])
    expect(readsOf(app)).toEqual([])
    app.clock.advance(1)
    expect((await browser.open('/dashboard')).status).toBe(200)
    expect(browser.sessionCookie()).toBe(cookie)
    // From now on, this process knows the session.
    await sendUnknownTokens(app, 150)
    expect((await browser.open('/dashboard')).status).toBe(200)
  })

  it('lets 50 users at its IP address sign in, write, rotate and sign out, and bounds its reads', async () => {
    await using app = await open()
    const flood = { sent: 0, read: 0 }
    async function attack(): Promise<void> {
      const counts = await sendUnknownTokens(app, 25)
      flood.sent += 25
      flood.read += counts[401] ?? 0
    }
    async function useSession(user: number): Promise<readonly number[]> {
      const browser = aBrowser(app, from(attacker))
      const account = await app.account(`user-${user}@users.test`)
      const url = { original_url: 'https://dest.test/' }
      const on = '/dashboard'
      return [
        (await browser.signIn(account)).status,
        (await browser.open(on)).status,
        (await browser.submit('/create', url)).status,
        (await browser.submit('/reauthenticate', { password: account.password })).status,
        (await browser.open(on)).status,
        (await browser.signIn(account)).status,
        (await browser.submit('/logout', {}, { on })).status,
        (await browser.open(on)).status,
      ]
    }
    for (let n = 0; n < 5; n += 1) await attack()
    for (let group = 0; group < 10; group += 1) {
      const users = Array.from({ length: 5 }, (_, n) => useSession(5 * group + n))
      await attack()
      for (const statuses of await Promise.all(users)) {
        expect(statuses).toEqual([303, 200, 303, 303, 200, 303, 303, 303])
      }
      app.clock.advance(second)
    }
    expect(flood).toEqual({ sent: 375, read: 100 + 20 * 10 })
  })

  it('is answered with an HTML page or JSON, each with its request id', async () => {
    await using app = await open()
    await sendUnknownTokens(app, 150)
    for (const path of ['/', '/dashboard', '/login', '/create']) {
      const page = await guess(app, path, [['Accept', 'text/html']])
      expect([path, page.status, page.setCookies]).toEqual([path, 429, []])
      expect(page.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' })
      expect(page.headers['content-type']).toMatch(/^text\/html/)
      expect(textOf(page)).toContain('Too many requests')
      expect(textOf(page)).toContain('an unknown session')
      expect(textOf(page)).toContain(String(page.headers['x-request-id']))
    }
    const answer = await guess(app)
    expect(answer.json()).toEqual({
      error: {
        code: 'too_many_unknown_tokens',
        message: expect.stringContaining('an unknown session'),
        request_id: answer.headers['x-request-id'],
      },
    })
  })

  it('is counted per IPv6 /64 and by no forged hop', async () => {
    await using app = await open()
    const send = async (ipAddress: string) => {
      const headers: RawHeaders = [
        ...from(ipAddress),
        ['Cookie', `__Host-session=${randomToken()}`],
      ]
      return (await app.send('/api/session', { headers })).status
    }
    for (let n = 0; n < 120; n += 1) await send(`2001:db8:1:2::${n + 1}`)
    expect(await send('2001:db8:1:2:ffff::1')).toBe(429)
    expect(await send('2001:db8:1:3::1')).toBe(401)
    for (let n = 0; n < 120; n += 1) await send(`192.0.2.${n}, 198.51.100.1`)
    expect(await send('192.0.2.200, 198.51.100.1')).toBe(429)
    expect(await send('192.0.2.200')).toBe(401)
  })
})
