import { describe, expect, it } from 'vitest'
import { setUp, signedIn } from '../../../test/support/open-web-sessions.ts'
import { createWebSecurity } from '../../web-security/create-web-security.ts'
import type { WebSessionsOptions } from '../web-sessions.ts'

const security = createWebSecurity({ baseUrl: 'https://mjr.example' })
const proxy = '10.0.0.9'

type Headers = Record<string, string>

const browser: Headers = { Host: 'mjr.example', 'Sec-Fetch-Mode': 'navigate' }

/** The response to a request that a server received over http from `proxy`. */
async function respond(headers: Headers, options: Partial<WebSessionsOptions> = {}) {
  const { web, events } = setUp(options)
  const guard = (path: string) =>
    security.requireHttps(web.open(new Request(`http://app${path}`, { headers }), proxy))
  const first = await guard('/a?b=c')
  await guard('/other')
  const reported = events.filter(({ type }) => type === 'redirect-loop-prevented')
  return { status: first?.status ?? null, location: first?.headers.get('location'), reported }
}

const trusting = { trustedProxies: [proxy] }

describe('requireHttps behind a proxy that terminates TLS', () => {
  it.each<[string, Headers, Partial<WebSessionsOptions>, string]>([
    ['is not trusted', { 'X-Forwarded-Proto': 'https' }, {}, 'proxy-not-trusted'],
    ['is one of two', { 'X-Forwarded-Proto': 'https, http' }, {}, 'proxy-not-trusted'],
    ['sends Forwarded', { Forwarded: 'for=192.0.2.1;proto=https' }, {}, 'proxy-not-trusted'],
    ['says nothing, to a browser', browser, {}, 'proxy-not-trusted'],
    [
      'is trusted and sends no scheme',
      { 'X-Forwarded-For': '192.0.2.1' },
      trusting,
      'no-forwarded-scheme',
    ],
    ['is trusted and says nothing, to a browser', browser, trusting, 'no-forwarded-scheme'],
    [
      'is trusted and says http, to a browser on https',
      { ...browser, 'X-Forwarded-Proto': 'http' },
      trusting,
      'wrong-forwarded-scheme',
    ],
  ])('responds 500 and reports the proxy once if it %s', async (...row) => {
    const [, headers, options, reason] = row
    const { status, location, reported } = await respond(headers, options)
    expect([status, location]).toEqual([500, null])
    expect(reported).toMatchObject([{ reason, ipAddress: proxy }])
  })

  it.each<[string, Headers, Partial<WebSessionsOptions>]>([
    ['a client without a proxy uses http', { Host: 'mjr.example' }, {}],
    ['a browser uses http on a loopback name', { ...browser, Host: 'localhost:8080' }, {}],
    ['an untrusted proxy says http', { 'X-Forwarded-Proto': 'http' }, {}],
    ['a trusted proxy says http', { Host: 'mjr.example', 'X-Forwarded-Proto': 'http' }, trusting],
    ['a trusted proxy checks the health of the server', { Host: 'mjr.example' }, trusting],
  ])('redirects once, to https, if %s', async (_, headers, options) => {
    const { status, location, reported } = await respond(headers, options)
    expect([status, location]).toEqual([307, 'https://mjr.example/a?b=c'])
    expect(reported).toEqual([])
  })

  it('limits the reports that clients can cause by claiming to be proxies', async () => {
    const { web, events } = setUp()
    for (let n = 0; n < 100; n += 1) {
      const headers = { 'X-Forwarded-Proto': 'https' }
      const exchange = web.open(new Request('http://app/', { headers }), `192.0.2.${n}`)
      await security.requireHttps(exchange)
    }
    expect(events.length).toBeLessThanOrEqual(20)
  })
})

describe('a guard of the page to which it redirects', () => {
  it.each([
    ['https://mjr.example/login', 'sign-in'],
    ['https://mjr.example/login?next=%2F', 'sign-in'],
  ])('responds 401 to %s instead of redirecting without end, and reports it', async (url) => {
    const { web, events } = setUp()
    const guarded = await web.requireSession(web.open(new Request(url), null))
    expect(guarded).toMatchObject({ status: 401 })
    expect(events).toMatchObject([
      { type: 'redirect-loop-prevented', reason: 'guarded-sign-in-page' },
    ])
  })

  it('responds 403 to the page of reauthentication', async () => {
    const { web, clock } = setUp()
    const signed = await signedIn(web)
    clock.advance(20 * 60_000)
    const cookie = signed.responseHeaders().find(([name]) => name === 'Set-Cookie')?.[1]
    const headers = { Cookie: cookie?.split(';')[0] ?? '' }
    const request = new Request('https://mjr.example/reauthenticate', { headers })
    const guarded = await web.requireRecentAuthentication(web.open(request, '203.0.113.7'))
    expect(guarded).toMatchObject({ status: 403 })
  })
})
