import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, formType } from './support/browser.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

describe.each(databases)('cross-origin reads on %s', (kind) => {
  const opened = useApp(kind)

  it('get no Access-Control-Allow-Origin and no response to a preflight (V3.4.2, CS-CSRF-8)', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const origin of [
      'https://evil.test',
      'null',
      'http://localhost:8081',
      'http://localhost:8080.evil.test',
      'https://sub.localhost:8080',
    ]) {
      for (const path of ['/api/urls', '/api/session', '/dashboard', '/health', '/login']) {
        const answer = await browser.send(path, { headers: [['Origin', origin]] })
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
        expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
        expect(String(answer.headers.vary)).toContain('Origin')
      }
      const headers: RawHeaders = [
        ['Origin', origin],
        ['Access-Control-Request-Method', 'DELETE'],
        ['Access-Control-Request-Headers', 'x-csrf-token'],
      ]
      const preflight = await browser.send('/api/urls/abc', { method: 'OPTIONS', headers })
      expect(preflight.status).toBe(405)
      expect(Object.keys(preflight.headers).join()).not.toContain('access-control')
    }
  })

  it('get 403 for pages and API as subresource or frame; links to pages work (V3.5.8, FM-4)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const fetched = async (path: string, [site, mode, dest]: readonly string[]) => {
      const headers: RawHeaders = [
        ['Sec-Fetch-Site', site ?? ''],
        ['Sec-Fetch-Mode', mode ?? ''],
        ['Sec-Fetch-Dest', dest ?? ''],
      ]
      return (await browser.send(path, { headers })).status
    }
    for (const path of ['/dashboard', '/', '/api/session', '/api/urls', '/login']) {
      for (const headers of [
        ['cross-site', 'no-cors', 'image'],
        ['cross-site', 'no-cors', 'script'],
        ['cross-site', 'cors', 'empty'],
        ['same-site', 'no-cors', 'object'],
        ['cross-site', 'navigate', 'iframe'],
        ['cross-site', 'navigate', 'embed'],
        ['same-site', 'navigate', 'iframe'],
      ]) {
        expect([path, headers, await fetched(path, headers)]).toEqual([path, headers, 403])
      }
      const linked = await fetched(path, ['cross-site', 'navigate', 'document'])
      expect([path, linked]).toEqual([path, path.startsWith('/api/') ? 403 : 200])
      expect([path, await fetched(path, ['same-origin', 'cors', 'empty'])]).toEqual([path, 200])
    }
  })

  it('unsafe requests are rejected for any query, trailing slash or case of a path', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await browser.open('/dashboard')
    const before = await app.fingerprint()
    for (const path of [
      '/create/',
      '/CREATE',
      '//create',
      '/create?_method=GET',
      '/create;x',
      '/./create',
      '/api/../create',
      '/api/urls/../../create',
    ]) {
      const headers: RawHeaders = [...formType, ['Origin', 'https://evil.test']]
      const answer = await browser.send(path, {
        method: 'POST',
        headers,
        body: 'original_url=https://dest.test',
      })
      expect([path, [403, 404, 405].includes(answer.status)]).toEqual([path, true])
    }
    expect(await app.fingerprint()).toBe(before)
  })
})
