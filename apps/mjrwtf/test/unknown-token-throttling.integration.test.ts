import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const minute = 60_000

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

  it('reaches the store a hundred times a minute and writes nothing (CVE-2015-5143)', async () => {
    await using app = await open()
    const before = await app.fingerprint()
    for (const reads of [100, 200]) {
      expect(await sendUnknownTokens(app, 500)).toEqual({ 401: 100, 429: 400 })
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

  it('rejects uncached sessions at its IP address for at most a minute, without ending them', async () => {
    await using app = await open({ SESSION_CACHE: 'off' })
    const browser = await aSignedInBrowser(app)
    const cookie = browser.sessionCookie()
    await sendUnknownTokens(app, 150)
    app.faults.calls.length = 0
    app.clock.advance(minute - 1)
    const rejected = await browser.open('/dashboard', from(attacker))
    expect([rejected.status, rejected.setCookies, rejected.headers['retry-after']]).toEqual([
      429,
      [],
      '1',
    ])
    expect(readsOf(app)).toEqual([])
    app.clock.advance(1)
    expect((await browser.open('/dashboard', from(attacker))).status).toBe(200)
    expect(browser.sessionCookie()).toBe(cookie)
  })

  it('is answered with an HTML page or JSON, each with its request id', async () => {
    await using app = await open()
    await sendUnknownTokens(app, 150)
    for (const path of ['/', '/dashboard', '/login', '/create']) {
      const page = await guess(app, path, [['Accept', 'text/html']])
      expect([path, page.status, page.setCookies]).toEqual([path, 429, []])
      expect(page.headers).toMatchObject({ 'retry-after': '60', 'cache-control': 'no-store' })
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
    for (let n = 0; n < 100; n += 1) await send(`2001:db8:1:2::${n + 1}`)
    expect(await send('2001:db8:1:2:ffff::1')).toBe(429)
    expect(await send('2001:db8:1:3::1')).toBe(401)
    for (let n = 0; n < 100; n += 1) await send(`192.0.2.${n}, 198.51.100.1`)
    expect(await send('192.0.2.200, 198.51.100.1')).toBe(429)
    expect(await send('192.0.2.200')).toBe(401)
  })
})
