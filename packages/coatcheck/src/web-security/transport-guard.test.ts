import { describe, expect, it } from 'vitest'
import { openNextExchange, setUp } from '../../test/support/open-web-sessions.ts'

describe('the https guard', () => {
  const overHttp = (path: string, init: RequestInit = {}) =>
    [`http://evil.example${path}`, init] as const

  it('redirects reads of pages to the configured origin', async () => {
    const { web } = setUp()
    for (const method of ['GET', 'HEAD']) {
      const response = await web.requireHttps(
        openNextExchange(web, null, overHttp('//a/b?c', { method })),
      )
      expect(response?.status).toBe(308)
      expect(response?.headers.get('location')).toBe('https://mjr.example//a/b?c')
    }
  })

  it('refuses the API, and what changes something', async () => {
    const { web } = setUp()
    for (const request of [overHttp('/api/urls'), overHttp('/login', { method: 'POST' })]) {
      expect((await web.requireHttps(openNextExchange(web, null, request)))?.status).toBe(403)
    }
  })

  it('knows the API under every spelling of its path', async () => {
    const { web } = setUp()
    for (const path of ['/%61pi/urls', '/api%2Furls', '/x/../api/urls']) {
      expect((await web.requireHttps(openNextExchange(web, null, overHttp(path))))?.status).toBe(
        403,
      )
    }
    expect((await web.requireHttps(openNextExchange(web, null, overHttp('/%ff'))))?.status).toBe(
      308,
    )
  })

  it('believes no X-Forwarded-Proto of a stranger', async () => {
    const { web } = setUp()
    const forged = { headers: { 'X-Forwarded-Proto': 'https' } }
    expect(
      (await web.requireHttps(openNextExchange(web, null, overHttp('/', forged))))?.status,
    ).toBe(308)
  })

  it('lets https pass, and everything in the development profile', async () => {
    const { web } = setUp()
    expect(await web.requireHttps(openNextExchange(web, null))).toBeNull()
    const development = setUp({ baseUrl: 'http://localhost:8080' }).web
    expect(
      await development.requireHttps(openNextExchange(development, null, overHttp('/'))),
    ).toBeNull()
  })
})

describe('the redirect to baseUrl', () => {
  const { web } = setUp({ baseUrl: 'http://localhost:8080' })
  const redirect = (url: string, method = 'GET') =>
    web.redirectToBaseUrl(new Request(url, { method }))

  it('takes visitors of other loopback names along, with path and query', () => {
    for (const host of ['127.0.0.1:8080', '[::1]:8080', '127.0.0.2', 'localhost:9090']) {
      const response = redirect(`http://${host}/a?b=1`)
      expect(response?.status).toBe(307)
      expect(response?.headers.get('location')).toBe('http://localhost:8080/a?b=1')
    }
  })

  it('leaves everything else alone', () => {
    expect(redirect('http://localhost:8080/a')).toBeNull()
    expect(redirect('http://evil.example/a')).toBeNull()
    expect(redirect('http://127.0.0.1:8080/a', 'POST')).toBeNull()
    const production = setUp().web
    expect(production.redirectToBaseUrl(new Request('http://127.0.0.1/'))).toBeNull()
  })
})
