import { describe, expect, it } from 'vitest'
import { aSignedInBrowser } from './support/browser.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const bearerToken = 'a-shared-bearer-token-of-old'

const bearer: RawHeaders = [['Authorization', `Bearer ${bearerToken}`]]

const json: RawHeaders = [['Content-Type', 'application/json']]

const env = { AUTH_TOKEN: bearerToken }

const error = (code: string) => ({
  error: { code, message: expect.any(String), request_id: expect.stringMatching(/^[\w-]{16}$/) },
})

describe.each(databases)('API credentials on %s (API-2, API-3)', (kind) => {
  const opened = useApp(kind, { env })

  it('answers 401 with WWW-Authenticate on every route without a credential', async () => {
    for (const [method, path] of routes) {
      const answer = await opened().send(path, { method, headers: json })
      expect([method, path, answer.status, answer.headers['www-authenticate']]).toEqual([
        method,
        path,
        401,
        'Bearer',
      ])
      expect(answer.json()).toEqual(error('sign_in_required'))
    }
  })

  it('answers 401 to a wrong or repeated bearer token, even with a valid cookie', async () => {
    const browser = await aSignedInBrowser(opened())
    const wrong: readonly RawHeaders[] = [
      [['Authorization', 'Bearer wrong-bearer-token']],
      [['Authorization', `Bearer ${browser.sessionCookie()}`]],
      [['Authorization', 'Bearer ']],
      [...bearer, ...bearer],
      [['Authorization', 'Basic YWRhOnB3'], ...bearer],
    ]
    for (const headers of wrong) {
      const answer = await browser.send('/api/urls', { headers })
      expect([headers[0]?.[1].slice(0, 10), answer.status]).toEqual([
        headers[0]?.[1].slice(0, 10),
        401,
      ])
      expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
      expect(answer.setCookies).toEqual([])
    }
    // The session is unaffected.
    expect((await browser.send('/api/session')).status).toBe(200)
  })

  it('ignores a Basic header, as of a staging proxy: the session counts', async () => {
    const headers: RawHeaders = [['Authorization', `Basic ${bearerToken}`]]
    expect((await opened().send('/api/urls', { headers })).status).toBe(401)
    const browser = await aSignedInBrowser(opened())
    expect((await browser.send('/api/urls', { headers })).status).toBe(200)
  })

  it('a shared token acts for the operator, without a cookie or a CSRF token', async () => {
    const app = opened()
    const body = JSON.stringify({ original_url: 'https://dest.test', short_code: `tok-${kind}` })
    const headers = [...bearer, ...json]
    const answer = await app.send('/api/urls', { method: 'POST', headers, body })
    expect([answer.status, answer.setCookies]).toEqual([201, []])
    const [operator] = await app.storage.query('SELECT id FROM users WHERE is_operator = 1')
    const [link] = await app.storage.query(
      `SELECT owner_id AS id FROM links WHERE short_code = 'tok-${kind}'`,
    )
    expect(link).toEqual(operator)
    expect((await app.send('/api/session', { headers: bearer })).status).toBe(401)
    // No more than the old service could do.
    const account = await app.send('/api/account', { headers: bearer })
    expect([account.status, account.body]).toEqual([403, expect.stringContaining('account:read')])
  })

  it('a configured token authenticates to the API only, not to pages or as a cookie (V7.2.2)', async () => {
    const page = await opened().send('/dashboard', { headers: bearer })
    expect(page.status).toBe(303)
    const cookie: RawHeaders = [['Cookie', `session-dev=${bearerToken}`]]
    expect((await opened().send('/api/urls', { headers: cookie })).status).toBe(401)
  })

  it('GET /api/session shows the user, session times and a CSRF token, never the session token', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const now = new Date(app.clock.now()).toISOString()
    const answer = await browser.send('/api/session')
    const [id] = browser.sessionCookie().split('.')
    expect(answer.json()).toEqual({
      user: { id: browser.account.id, email: browser.account.email },
      session: {
        id,
        created_at: now,
        expires_at: new Date(app.clock.now() + 24 * 60 * 60_000).toISOString(),
        last_activity_at: now,
        authenticated_at: now,
        assurance_level: 1,
        methods: [{ method: 'pwd', at: now }],
      },
      csrf_token: expect.stringMatching(/^[A-Za-z0-9_-]{86}$/),
    })
    expect((await browser.send('/api/session')).body).not.toBe(answer.body)
  })
})

const routes = [
  ['POST', '/api/urls'],
  ['GET', '/api/urls'],
  ['GET', '/api/urls/abc'],
  ['PATCH', '/api/urls/abc'],
  ['DELETE', '/api/urls/abc'],
  ['GET', '/api/urls/abc/analytics'],
  ['GET', '/api/session'],
] as const
