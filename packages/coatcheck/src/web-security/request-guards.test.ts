import { describe, expect, it } from 'vitest'
import { openNextExchange, setUp } from '../../test/support/open-web-sessions.ts'
import { createWebSecurity } from './create-web-security.ts'

const security = createWebSecurity({ baseUrl: 'https://mjr.example' })
const developmentSecurity = createWebSecurity({ baseUrl: 'http://localhost:8080' })
const { web } = setUp()

function open(url: string, init: RequestInit = {}) {
  return openNextExchange(web, null, [url, init])
}

describe('requireHttps', () => {
  const guardHttp = (path: string, init: RequestInit = {}) =>
    security.requireHttps(open(`http://evil.example${path}`, init))

  it('redirects GET and HEAD of pages to the configured origin', async () => {
    for (const method of ['GET', 'HEAD']) {
      const response = await guardHttp('//a/b?c', { method })
      expect(response?.status).toBe(307)
      expect(response?.headers.get('location')).toBe('https://mjr.example//a/b?c')
    }
  })

  it('refuses API calls and unsafe methods', async () => {
    expect((await guardHttp('/api/urls'))?.status).toBe(403)
    expect((await guardHttp('/login', { method: 'POST' }))?.status).toBe(403)
  })

  it('recognizes the API by every spelling of its path', async () => {
    for (const path of [
      '/%61pi/urls',
      '/api%2Furls',
      '/x/../api/urls',
      '/%61pi/%ff',
      '/API/urls',
    ]) {
      expect((await guardHttp(path))?.status).toBe(403)
    }
    expect((await guardHttp('/%ff'))?.status).toBe(307)
  })

  it('does not pass a request because of X-Forwarded-Proto of an untrusted client', async () => {
    const forged = { headers: { 'X-Forwarded-Proto': 'https' } }
    expect((await guardHttp('/', forged))?.status).toBe(500)
    expect((await guardHttp('/api/urls', forged))?.status).toBe(403)
  })

  it('passes https, and every request in the development profile', async () => {
    expect(await security.requireHttps(open('https://mjr.example/'))).toBeNull()
    expect(await developmentSecurity.requireHttps(open('http://evil.example/'))).toBeNull()
  })
})

describe('redirectToBaseUrl', () => {
  it('redirects other loopback names with path and query', async () => {
    for (const host of [
      '127.0.0.1:8080',
      '[::1]:8080',
      '127.0.0.2',
      'localhost:9090',
      'app.localhost:8080',
    ]) {
      const response = await developmentSecurity.redirectToBaseUrl(open(`http://${host}/a?b=1`))
      expect(response?.status).toBe(307)
      expect(response?.headers.get('location')).toBe('http://localhost:8080/a?b=1')
    }
  })

  it('passes the configured host, foreign hosts, unsafe methods and https', async () => {
    const redirect = (url: string, method = 'GET') =>
      developmentSecurity.redirectToBaseUrl(open(url, { method }))
    expect(await redirect('http://localhost:8080/a')).toBeNull()
    expect(await redirect('http://evil.example/a')).toBeNull()
    expect(await redirect('http://127.0.0.1:8080/a', 'POST')).toBeNull()
    expect(await security.redirectToBaseUrl(open('http://127.0.0.1/'))).toBeNull()
  })
})

describe('requireValidHost', () => {
  const refusalOf = async (host: string) => {
    const response = await security.requireValidHost(
      open('https://mjr.example/', { headers: { Host: host } }),
    )
    return response?.status ?? null
  }

  it.each([
    ...['mjr.example', 'MJR.example.', 'localhost:8080', '127.0.0.1', '[::1]:8080', 'a_b', '-'],
    ...['xn--mnchen-3ya.example', 'a.0x10.example', 'x:65535'],
  ])('passes the host %s', async (host) => {
    expect(await refusalOf(host)).toBeNull()
  })

  it.each([
    ...[
      '999.1.1.1',
      '1.2.3.4.5',
      'a.256',
      '0x100000000',
      'a.0x100000000',
      'x:99999',
      'x:65536',
      ':80',
    ],
    ...['[::1', '[1]', 'a b', 'a/b', 'a?b', 'a#b', 'u@a', 'a\\b', 'a%00b', '<a>'],
    ...['a, b', 'a,a', ','],
  ])('refuses the host %s with 400', async (host) => {
    expect(await refusalOf(host)).toBe(400)
  })
})

describe('enforceResourceIsolation', () => {
  interface Load {
    readonly site: string
    readonly mode: string
    readonly dest: string
  }

  async function statusOf({ site, mode, dest }: Load, method = 'GET') {
    const headers = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest }
    const exchange = open('https://mjr.example/page', { method, headers })
    return (await security.enforceResourceIsolation(exchange))?.status ?? null
  }

  it.each([
    ['cross-site', 'no-cors', 'image', 403],
    ['cross-site', 'no-cors', 'script', 403],
    ['cross-site', 'cors', 'empty', 403],
    ['cross-site', 'navigate', 'iframe', 403],
    ['cross-site', 'navigate', 'object', 403],
    ['same-site', 'no-cors', 'image', 403],
    ['cross-site', 'navigate', 'document', null],
    ['same-site', 'navigate', 'document', null],
    ['same-origin', 'no-cors', 'image', null],
    ['same-origin', 'cors', 'empty', null],
    ['none', 'navigate', 'document', null],
  ])('responds to a %s load in mode %s for %s with %s', async (...row) => {
    const [site, mode, dest, status] = row
    expect(await statusOf({ site, mode, dest })).toBe(status)
    expect(await statusOf({ site, mode, dest }, 'HEAD')).toBe(status)
  })

  it.each([
    ['cross-site', 'navigate', 'document', 403],
    ['same-site', 'navigate', 'document', 403],
    ['none', 'navigate', 'document', null],
    ['same-origin', 'cors', 'empty', null],
  ])('responds to a %s API call in mode %s for %s with %s', async (...row) => {
    const [site, mode, dest, status] = row
    const headers = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest }
    for (const url of ['https://mjr.example/api/links', 'https://mjr.example/%61pi/links']) {
      const response = await security.enforceResourceIsolation(open(url, { headers }))
      expect(response?.status ?? null).toBe(status)
    }
  })

  it('leaves unsafe methods to the CSRF guard', async () => {
    const load = { site: 'cross-site', mode: 'no-cors', dest: 'empty' }
    expect(await statusOf(load, 'POST')).toBeNull()
  })

  it('passes browsers without Fetch Metadata', async () => {
    expect(await security.enforceResourceIsolation(open('https://mjr.example/page'))).toBeNull()
  })
})
