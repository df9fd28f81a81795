import { describe, expect, it } from 'vitest'
import { aSignedInBrowser } from './support/browser.ts'
import { aToken } from './support/personal-tokens.ts'
import type { RawHeaders } from './support/send.ts'
import { anApp } from './support/use-app.ts'

const origin = 'https://tool.test'
const json: RawHeaders = [['Content-Type', 'application/json']]
const from = (page: string): RawHeaders => [
  ['Origin', page],
  ['Sec-Fetch-Site', 'cross-site'],
  ['Sec-Fetch-Mode', 'cors'],
  ['Sec-Fetch-Dest', 'empty'],
]

describe('CORS_ORIGINS', () => {
  const env = { CORS_ORIGINS: `${origin}, http://localhost:8080` }

  it('lets pages of these origins call the API with a bearer token, and read errors', async () => {
    await using app = await anApp('sqlite', { env })
    const scopes = ['links:read', 'links:write']
    const { headers: bearer } = await aToken(app, await app.account(), { scopes })
    const preflight: RawHeaders = [...from(origin), ['Access-Control-Request-Method', 'POST']]
    const allowed = await app.send('/api/urls', { method: 'OPTIONS', headers: preflight })
    expect([allowed.status, allowed.headers['access-control-allow-headers']]).toEqual([
      204,
      'Authorization, Content-Type',
    ])
    const post = (body: object, headers: RawHeaders) =>
      app.send('/api/urls', { method: 'POST', headers, body: JSON.stringify(body) })
    const created = [...from(origin), ...json, ...bearer]
    const answers = [
      allowed,
      await post({ original_url: 'https://dest.test/' }, created),
      await post({ original_url: 'javascript:1' }, created),
      await app.send('/api/urls', { headers: [...from(origin), ...bearer] }),
      await app.send('/api/urls', { headers: from(origin) }),
      await app.send('/api/nothing', { headers: [...from(origin), ...bearer] }),
      await app.send('/oauth/token', { method: 'POST', headers: from(origin) }),
    ]
    expect(answers.map(({ status }) => status).slice(0, 6)).toEqual([204, 201, 400, 200, 401, 404])
    for (const { headers } of answers) {
      expect(headers['access-control-allow-origin']).toBe(origin)
      expect(headers).not.toHaveProperty('access-control-allow-credentials')
      expect(String(headers.vary)).toContain('Origin')
    }
  })

  it('never accepts a cookie from there, and changes nothing for other origins and paths', async () => {
    await using app = await anApp('sqlite', { env })
    const browser = await aSignedInBrowser(app)
    const session = (await browser.send('/api/session')).body
    const csrfToken = /"csrf_token":"([^"]+)/.exec(session)?.[1] ?? ''
    const unsafe: RawHeaders = [...json, ['X-CSRF-Token', csrfToken]]
    const body = JSON.stringify({ original_url: 'https://dest.test/' })
    for (const path of ['/api/session', '/api/urls']) {
      expect((await browser.send(path, { headers: from(origin) })).status).toBe(401)
    }
    const headers = [...from(origin), ...unsafe]
    expect((await browser.send('/api/urls', { method: 'POST', headers, body })).status).toBe(401)
    for (const [page, path] of [
      ['https://evil.test', '/api/urls'],
      ['https://tool.test.evil.test', '/api/urls'],
      [origin, '/dashboard'],
      [origin, '/health'],
    ] as const) {
      const answer = await browser.send(path, { headers: from(page) })
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
      expect(answer.status).not.toBe(200)
    }
    const own: RawHeaders = [['Origin', app.baseUrl], ['Sec-Fetch-Site', 'same-origin'], ...unsafe]
    const answer = await browser.send('/api/urls', { method: 'POST', headers: own, body })
    expect(answer.status).toBe(201)
  })
})
