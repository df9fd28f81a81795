import { describe, expect, it } from 'vitest'
import {
  openNextExchange,
  setCookies,
  setUp,
  signedIn,
} from '../../../test/support/open-web-sessions.ts'
import { createWebSecurity } from '../../web-security/create-web-security.ts'

const development = 'http://localhost:3000'
const production = 'https://mjr.example'

type Headers = Record<string, string>

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

async function refuse(baseUrl: string, path: string, headers: Headers) {
  const { web, events } = setUp({ baseUrl })
  const init = { method: 'POST', headers: { ...form, ...headers }, body: 'a=b' }
  const response = await web.csrfGuard(openNextExchange(web, null, [`${baseUrl}${path}`, init]))
  return { status: response?.status, text: (await response?.text()) ?? '', events }
}

describe('a refusal in development', () => {
  it.each<[string, string, Headers, RegExp]>([
    [
      'cross-site',
      '/a',
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
      /Sec-Fetch-Site is "cross-site".*https:\/\/evil\.example.*http:\/\/localhost:3000/,
    ],
    [
      'foreign-origin',
      '/a',
      { Origin: 'http://127.0.0.1:3000' },
      /"http:\/\/127\.0\.0\.1:3000", and baseUrl is "http:\/\/localhost:3000"/,
    ],
    ['foreign-origin', '/a', {}, /absent.*"Origin: http:\/\/localhost:3000"/],
    ['token-missing', '/a', { Origin: development }, /csrf_token.*exchange\.csrfToken\(\)/],
    ['token-missing', '/api/a', { Origin: development }, /X-CSRF-Token/],
    ['token-mismatch', '/a', { Origin: development, 'X-CSRF-Token': 'x' }, /another session/],
  ])('says that the check was %s and how to fix it, for %s', async (...row) => {
    const [reason, path, headers, expected] = row
    const { status, text, events } = await refuse(development, path, headers)
    expect(status).toBe(403)
    expect(text).toContain(reason)
    expect(text).toMatch(expected)
    expect(events).toMatchObject([{ type: 'csrf-refused', reason }])
  })

  it.each<[status: number, csrf: 'token' | 'origin', type: string, size: number, RegExp]>([
    [413, 'token', 'application/x-www-form-urlencoded', 70_000, /X-CSRF-Token.*maxFormSize/],
    [400, 'token', 'multipart/form-data', 100, /boundary/],
    [415, 'origin', 'text/plain', 100, /application\/json/],
  ])('says what to do about a body that is refused with %s', async (...row) => {
    const [status, csrf, type, size, expected] = row
    const { web } = setUp({ baseUrl: development, csrf })
    const headers = { 'Content-Type': type, Origin: development }
    const init = { method: 'POST', headers, body: 'x'.repeat(size) }
    const path = csrf === 'origin' ? '/api/a' : '/a'
    const exchange = openNextExchange(web, null, [`${development}${path}`, init])
    const response = await web.csrfGuard(exchange)
    expect(response?.status).toBe(status)
    expect(await response?.text()).toMatch(expected)
  })

  it('says why resource isolation refused', async () => {
    const { web, events } = setUp({ baseUrl: development })
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'image' }
    const exchange = openNextExchange(web, null, [`${development}/a`, { headers }])
    const security = createWebSecurity({ baseUrl: development })
    const response = await security.enforceResourceIsolation(exchange)
    expect(await response?.text()).toMatch(/Sec-Fetch-Dest is "image".*trustedOrigins/)
    const event = { type: 'request-refused', check: 'embedding_refused', method: 'GET', path: '/a' }
    expect(events).toMatchObject([event])
  })

  it('says why a recent authentication is required', async () => {
    const { web, clock } = setUp({ baseUrl: development })
    const signed = await signedIn(web)
    clock.advance(20 * 60_000)
    const cookie = setCookies(signed)[0]?.split(';')[0] ?? ''
    const request = new Request(`${development}/api/a`, { headers: { Cookie: cookie } })
    const guarded = await web.requireRecentAuthentication(web.open(request, '203.0.113.7'))
    const error = guarded instanceof Response ? await guarded.json() : null
    expect(error).toMatchObject({
      error: { detail: expect.stringMatching(/authenticated-too-long-ago.*stepUp/) },
    })
  })

  it('says which guard guards the page to which it redirects', async () => {
    const { web } = setUp({ baseUrl: development })
    const exchange = openNextExchange(web, null, [`${development}/login`])
    const guarded = await web.requireSession(exchange)
    expect(guarded instanceof Response && (await guarded.text())).toMatch(/redirects to \/login/)
  })
})

describe('a refusal in production', () => {
  it.each<[string, Headers]>([
    ['/a', { 'Sec-Fetch-Site': 'cross-site' }],
    ['/a', { Origin: 'https://evil.example' }],
    ['/a', { Origin: production }],
    ['/api/a', { Origin: production, 'X-CSRF-Token': 'x' }],
  ])('does not say which check failed, only its event does: %s', async (path, headers) => {
    const { status, text, events } = await refuse(production, path, headers)
    expect(status).toBe(403)
    expect(text).not.toMatch(/check|Origin|token|detail/i)
    expect(events).toMatchObject([{ type: 'csrf-refused' }])
  })

  it('has no detail for the responder of the app', async () => {
    const { web } = setUp()
    const details: unknown[] = []
    const request = new Request(`${production}/a`, { method: 'POST' })
    await web.csrfGuard(
      web.open(request, null, ({ detail }) => {
        details.push(detail)
        return new Response()
      }),
    )
    expect(details).toEqual([null])
  })
})
