import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { createWebSessions } from '../../http/create-web-sessions.ts'
import { createSessions } from '../../sessions/create-sessions.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'
import { createWebSecurity } from '../../web-security/create-web-security.ts'
import { createHonoSessions } from './create-hono-sessions.ts'
import { apiHeaders, pageHeaders } from './security-headers.ts'

const baseUrl = 'https://mjr.example'
const security = createWebSecurity({ baseUrl })

function setUp() {
  const sessions = createSessions({ store: createMemorySessionStore(), data: { initial: {} } })
  const keys = ['a key of these tests, of 32 bytes or more']
  const web = createWebSessions(sessions, { baseUrl, keys })
  return createHonoSessions(web, {
    respond: ({ status, code, headers }, c) => {
      for (const [name, value] of headers) c.header(name, value)
      return c.text(`dressed: ${code}`, status)
    },
  })
}

describe('Hono middleware', () => {
  it('sets security headers that a later middleware or the route can replace', async () => {
    const tokenPageHeaders = pageHeaders(security, {
      'Referrer-Policy': 'strict-origin',
      'X-Robots-Tag': 'noindex',
    })
    const app = new Hono()
      .use(pageHeaders(security))
      .get('/page', (c) => c.html(c.var.nonce))
      .get('/token', tokenPageHeaders, (c) => c.html(c.var.nonce))
      .get('/own', (c) => c.body('', 200, { 'Referrer-Policy': 'same-origin' }))
      .get('/throws', () => {
        throw new Error('thrown by the test')
      })
      .onError(() => new Response('sorry', { status: 500 }))
    const nonceOf = (response: Response) =>
      /'nonce-([^']+)'/.exec(response.headers.get('Content-Security-Policy') ?? '')?.[1]

    const first = await app.request('/page')
    const second = await app.request('/page')
    expect(nonceOf(first)).toBe(await first.text())
    expect(nonceOf(second)).not.toBe(nonceOf(first))
    const token = await app.request('/token')
    expect(nonceOf(token)).toBe(await token.text())
    expect(token.headers.get('Referrer-Policy')).toBe('strict-origin')
    expect(token.headers.get('X-Robots-Tag')).toBe('noindex')
    expect((await app.request('/own')).headers.get('Referrer-Policy')).toBe('same-origin')
    for (const path of ['/throws', '/nowhere']) {
      expect((await app.request(path)).headers.get('X-Content-Type-Options')).toBe('nosniff')
    }
  })

  it("renders refusals with the app's responder and keeps their headers", async () => {
    const adapter = setUp()
    const app = new Hono()
      .use(adapter.exchange)
      .get('/api/me', adapter.requireSession, (c) => c.text(c.var.session.userId))
    const response = await app.request('/api/me')
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(await response.text()).toBe('dressed: sign_in_required')
  })

  it("keeps the route's cookies and replaces its Cache-Control with no-store", async () => {
    const adapter = setUp()
    const app = new Hono().use(adapter.exchange).get('/', async (c) => {
      await c.var.exchange.csrfToken()
      c.header('Set-Cookie', 'theme=dark', { append: true })
      c.header('Cache-Control', 'public, max-age=60')
      return c.text('')
    })
    const { headers } = await app.request('/')
    expect(headers.getSetCookie()).toEqual([
      'theme=dark',
      expect.stringMatching(/^__Host-pre[a-z]{12}=/),
      expect.stringMatching(/^__Host-pre=/),
    ])
    expect(headers.get('Cache-Control')).toBe('no-store')
  })

  it('sets headers on immutable responses', async () => {
    const adapter = setUp()
    const app = new Hono()
      .use(apiHeaders(security))
      .use(adapter.exchange)
      .use(adapter.optionalSession)
      .get('/', () => Response.redirect('https://mjr.example/elsewhere'))
      .get('/cookie', async (c) => {
        await c.var.exchange.csrfToken()
        return Response.redirect('https://mjr.example/elsewhere')
      })
    for (const [path, cookies] of [
      ['/', 0],
      ['/cookie', 2],
    ] as const) {
      const { status, headers } = await app.request(path)
      expect([status, headers.getSetCookie().length]).toEqual([302, cookies])
      expect(headers.get('Location')).toBe('https://mjr.example/elsewhere')
      expect(headers.get('Cache-Control')).toBe('no-store')
      expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    }
  })

  it('sees the full path below route, basePath and mount', async () => {
    const { exchange, requireSession } = setUp()
    const routes = () => new Hono().get('/cart', requireSession, (c) => c.text(''))
    const mounted = new Hono().basePath('/mounted').use(exchange).route('/', routes())
    const app = new Hono().mount('/mounted', mounted.fetch, { replaceRequest: false })
    app.use(exchange).route('/routed', routes())
    app.basePath('/based').route('/', routes())
    for (const path of ['/mounted/cart', '/routed/cart', '/based/cart']) {
      const { headers } = await app.request(`${path}?a=1`)
      expect(headers.get('Location')).toBe(`/login?next=${encodeURIComponent(`${path}?a=1`)}`)
    }
  })

  it('sets no cookie on a response that routes share', async () => {
    const adapter = setUp()
    const shared = new Response(null, { status: 204 })
    const app = new Hono()
      .use(adapter.exchange)
      .get('/', () => shared)
      .get('/cookie', async (c) => {
        await c.var.exchange.csrfToken()
        await c.var.exchange.signOut()
        return shared
      })
    expect((await app.request('/cookie')).headers.getSetCookie()).toHaveLength(3)
    const { headers } = await app.request('/')
    expect([headers.getSetCookie(), headers.get('Clear-Site-Data')]).toEqual([[], null])
  })

  it('redirects another loopback name to the configured one', async () => {
    const { exchange, check } = setUp()
    const { redirectToBaseUrl } = createWebSecurity({ baseUrl: 'http://localhost:8080' })
    const app = new Hono().use(exchange, check(redirectToBaseUrl)).get('/a', (c) => c.text('here'))
    const response = await app.request('http://127.0.0.1:8080/a')
    expect(response.headers.get('location')).toBe('http://localhost:8080/a')
    expect(await (await app.request('http://localhost:8080/a')).text()).toBe('here')
  })
})
