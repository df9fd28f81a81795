import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { type RawHeaders, sendRaw } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const asJson: RawHeaders = [['Accept', 'application/json']]

/** Every path of the app with its methods. */
const routes: readonly (readonly [path: string, ...methods: readonly string[]])[] = [
  ['/', 'GET'],
  ['/preview', 'GET'],
  ['/setup', 'GET', 'POST'],
  ['/signup', 'GET', 'POST'],
  ['/login', 'GET', 'POST'],
  ['/login/new-identity', 'GET', 'POST'],
  ['/login/google', 'GET'],
  ['/login/google/callback', 'GET'],
  ['/logout', 'POST'],
  ['/forgot', 'GET', 'POST'],
  ['/reset', 'GET', 'POST'],
  ['/verify', 'GET', 'POST'],
  ['/settings', 'GET'],
  ['/settings/account', 'GET'],
  ['/settings/preferences', 'GET', 'POST'],
  ['/settings/preferences/time-zone', 'POST'],
  ['/settings/email', 'GET', 'POST'],
  ['/settings/email/verification', 'POST'],
  ['/settings/email/cancel', 'POST'],
  ['/settings/password', 'GET', 'POST'],
  ['/settings/security-log', 'GET'],
  ['/settings/connected-accounts', 'GET'],
  ['/settings/connected-accounts/google/connect', 'GET'],
  ['/settings/connected-accounts/confirm', 'GET', 'POST'],
  ['/settings/connected-accounts/abc/disconnect', 'GET', 'POST'],
  ['/settings/authenticators', 'GET', 'POST'],
  ['/settings/authenticators/abc/rename', 'GET', 'POST'],
  ['/settings/authenticators/abc/remove', 'GET', 'POST'],
  ['/settings/tokens', 'GET'],
  ['/settings/tokens/new', 'GET', 'POST'],
  ['/settings/tokens/abc/revoke', 'GET', 'POST'],
  ['/settings/tokens/revoke-all', 'GET', 'POST'],
  ['/settings/export', 'GET', 'POST'],
  ['/settings/users', 'GET'],
  ['/settings/users/abc/revoke', 'GET', 'POST'],
  ['/settings/users/revoke-all', 'GET', 'POST'],
  ['/settings/delete', 'GET', 'POST'],
  ['/reauthenticate', 'GET', 'POST'],
  ['/settings/sessions', 'GET'],
  ['/settings/sessions/abc/revoke', 'GET', 'POST'],
  ['/settings/sessions/revoke-others', 'GET', 'POST'],
  ['/settings/sessions/revoke-all', 'GET', 'POST'],
  ['/settings/connected-apps', 'GET'],
  ['/settings/connected-apps/abc/revoke', 'GET', 'POST'],
  ['/settings/connected-apps/revoke-all', 'GET', 'POST'],
  ['/oauth/device', 'GET', 'POST'],
  ['/oauth/device_authorization', 'POST'],
  ['/create', 'GET', 'POST'],
  ['/create/bookmarklet', 'GET'],
  ['/dashboard', 'GET'],
  ['/links/import', 'GET', 'POST'],
  ['/links/import/abc', 'GET'],
  ['/links/import/abc/problems', 'GET'],
  ['/links/import/abc/start', 'POST'],
  ['/links/import/abc/cancel', 'POST'],
  ['/links/export', 'GET'],
  ['/links/abc', 'GET'],
  ['/links/abc/edit', 'GET', 'POST'],
  ['/links/abc/qr.png', 'GET'],
  ['/links/abc/qr.svg', 'GET'],
  ['/links/abc/archive', 'POST'],
  ['/links/abc/statistics.csv', 'GET'],
  ['/links/abc/clicks', 'GET'],
  ['/links/abc/delete', 'POST'],
  ['/links/abc/unarchive', 'POST'],
  ['/settings/shared-tokens', 'GET'],
  ['/settings/unknown-codes', 'GET'],
  ['/oidc/backchannel-logout', 'POST'],
  ['/settings/invitations', 'GET', 'POST'],
  ['/api/urls', 'GET', 'POST'],
  ['/api/urls/abc', 'GET', 'PATCH', 'DELETE'],
  ['/api/urls/abc/codes', 'GET', 'POST'],
  ['/api/urls/abc/codes/def', 'DELETE'],
  ['/api/urls/abc/analytics', 'GET'],
  ['/api/account', 'GET'],
  ['/api/session', 'GET'],
  ['/api/sessions', 'GET'],
  ['/api/sessions/abc', 'DELETE'],
  ['/dev/mail', 'GET'],
  ['/dev/mail/1', 'GET'],
  ['/dev/mail/1/html', 'GET'],
  ['/health', 'GET'],
  ['/ready', 'GET'],
]

const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

describe.each(databases)('HTTP methods on %s (V3.5.3, V4.1.4, V13.4.4)', (kind) => {
  const opened = useApp(kind)

  it.each(routes)('answers every other method on %s with 405 and Allow', async (path, ...known) => {
    const allowed = new Set(
      known.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    )
    for (const method of allMethods.filter((each) => !allowed.has(each))) {
      const answer = await opened().send(path, { method })
      expect([method, answer.status]).toEqual([method, 405])
      expect(new Set(String(answer.headers.allow).split(', '))).toEqual(allowed)
    }
  })

  it('answers HEAD wherever GET: same status, same headers, no body', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const [path, ...methods] of [
      ...routes,
      ['/nothing/there', 'GET'],
      ['/unknown', 'GET'],
    ] as const) {
      if (!methods.includes('GET')) continue
      const get = await browser.send(path)
      const head = await browser.send(path, { method: 'HEAD' })
      expect([path, head.status, head.body]).toEqual([path, get.status, ''])
      expect(Object.keys(comparable(head.headers))).toEqual(Object.keys(comparable(get.headers)))
    }
  })

  it('changes nothing for GET, HEAD, OPTIONS and TRACE, signed in or not', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test',
      short_code: 'abc',
    })
    await browser.open('/dashboard')
    // Earlier events would be written by a timer within a second.
    await app.flushSecurityEvents()
    const before = await app.fingerprint()
    for (const client of [browser, aBrowser(app)]) {
      for (const [path] of [...routes, ['/abc'], ['/abc+'], ['/nothing']] as const) {
        for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE'])
          await client.send(path, { method })
        // A method override is ignored.
        await client.send(`${path}?_method=DELETE`, {
          headers: [['X-HTTP-Method-Override', 'DELETE']],
        })
      }
    }
    await app.closeSessions()
    expect(await app.storage.fingerprint()).toBe(before)
  })

  it('does not echo a TRACE request', async () => {
    const answer = await opened().send('/', {
      method: 'TRACE',
      headers: [['X-Planted', 'echo-me']],
    })
    expect(answer.body).not.toContain('echo-me')
  })
})

describe.each(databases)('unknown paths and errors on %s (V16.5.1)', (kind) => {
  const opened = useApp(kind)

  it('answers 404 in HTML to browsers and in JSON to API clients, with the request id', async () => {
    const app = opened()
    const page = await app.send('/nothing/here')
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=UTF-8'])
    expect(page.body).toContain(`<code>${page.headers['x-request-id']}</code>`)
    for (const [path, headers] of [
      ['/api/nothing', []],
      ['/api', []],
      ['/nothing/here', asJson],
      ['/nothing', asJson],
    ] as const) {
      const answer = await app.send(path, { headers })
      expect([path, answer.status, answer.headers['content-type']]).toEqual([
        path,
        404,
        'application/json',
      ])
      expect(answer.json()).toEqual({
        error: {
          code: 'not_found',
          message: expect.any(String),
          request_id: answer.headers['x-request-id'],
        },
      })
    }
    const browserLike: RawHeaders = [['Accept', 'text/html,application/json;q=0.5']]
    const html = await app.send('/nothing/here', { headers: browserLike })
    expect(html.headers['content-type']).toContain('text/html')
  })

  it('assigns and logs its own request id, never one from the client', async () => {
    const app = opened()
    const planted: RawHeaders = [['X-Request-Id', 'planted-by-client']]
    const ids = new Set<unknown>()
    for (const path of ['/', '/login', '/nothing', '/api/urls', '/health']) {
      ids.add((await app.send(path, { headers: planted })).headers['x-request-id'])
    }
    expect(ids.size).toBe(5)
    expect(ids).not.toContain('planted-by-client')
    const logged = new Set(app.log().map(({ requestId }) => requestId))
    for (const id of ids) expect(logged).toContain(id)
  })

  it('hides metrics, docs, dot-files, source maps and traversals (V13.4.5, V13.4.7)', async () => {
    for (const path of [
      '/metrics',
      '/.env',
      '/.git/config',
      '/assets/',
      '/assets/../package.json',
      '/assets/..%2f..%2fpackage.json',
      '/assets/styles.css',
      '/assets/enhance.js.map',
      '/server-status',
      '/dev',
      '/data/mjrwtf.db',
      '/login/',
      '/api/urls/',
      '//login',
      '/%2e%2e/etc/passwd',
      '/admin',
    ]) {
      const answer = await opened().send(path)
      expect([path, answer.status]).toEqual([path, 404])
    }
  })

  it('answers 400 to a repeated, missing or invalid Host, without echoing it', async () => {
    const app = opened()
    const twice: RawHeaders = [
      ['Host', app.host],
      ['Host', 'evil.test'],
    ]
    const answer = await app.send('/login', { headers: twice })
    expect([answer.status, answer.body.includes('evil.test')]).toEqual([400, false])
    for (const head of [
      'GET /login HTTP/1.1',
      'GET /login HTTP/1.1\r\nHost: a b<c>',
      ...[
        '/login',
        '/abc',
        '/abc+',
        '/assets/styles.css',
        '/health',
        '/api/urls',
        '/nothing/here',
      ].map((path) => `GET ${path} HTTP/1.1\r\nHost: 999.1.1.1`),
      ...['1.2.3.4.5', 'x:99999', 'u@evil.test', '[::1', '0x100000000'].map(
        (host) => `GET /abc HTTP/1.1\r\nHost: ${host}`,
      ),
      'GET /login HTTP/1.1\r\nHost: evil.test\r\nHost: evil.test',
    ]) {
      const raw = await sendRaw(app.port, `${head}\r\nConnection: close\r\n\r\n`)
      expect([head, raw.split('\r\n', 1)[0]]).toEqual([head, 'HTTP/1.1 400 Bad Request'])
      expect(raw).not.toMatch(/evil\.test|<c>|set-cookie/i)
    }
  })

  it('survives requests that are not valid HTTP', async () => {
    const app = opened()
    for (const head of [
      '\u0000\u0001\u0002',
      'GET',
      'GET / HTTP/9.9',
      `GET /${'a'.repeat(20_000)} HTTP/1.1`,
      'GET http://evil.test/ HTTP/1.1\r\nHost: localhost:8080',
      'GET * HTTP/1.1\r\nHost: localhost:8080',
      'POST /login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 5\r\nTransfer-Encoding: chunked',
    ]) {
      const raw = await sendRaw(app.port, `${head}\r\nConnection: close\r\n\r\n`)
      expect([head.slice(0, 40), /^HTTP\/1\.1 [345]\d\d|^HTTP\/1\.1 200/.test(raw)]).toEqual([
        head.slice(0, 40),
        true,
      ])
      expect(raw).not.toMatch(/^HTTP\/1\.1 5/)
    }
    expect((await app.send('/health')).status).toBe(200)
  })
})

describe.each(databases)('health and readiness on %s', (kind) => {
  it('answers healthy and ready without a session lookup or a cookie', async () => {
    await using app = await anApp(kind)
    for (const [path, body] of [
      ['/health', '{"status":"ok"}'],
      ['/ready', '{"status":"ready"}'],
    ]) {
      const answer = await app.send(path ?? '', { headers: [['Cookie', 'session-dev=x']] })
      expect([answer.status, answer.body, answer.setCookies]).toEqual([200, body, []])
    }
    expect(app.faults.calls).toEqual(['database.ping'])
  })

  it('while draining is not ready but healthy', async () => {
    await using app = await anApp(kind)
    app.startDraining()
    const answer = await app.send('/ready')
    expect([answer.status, answer.body]).toEqual([503, '{"status":"unavailable"}'])
    expect((await app.send('/health')).status).toBe(200)
  })

  it('without its database is not ready but healthy; 503 names no technology', async () => {
    await using app = await anApp(kind)
    expect((await app.send('/ready')).status).toBe(200)
    // The real database connection is closed; nothing is simulated.
    await app.failDatabase()
    expect((await app.send('/ready')).status).toBe(503)
    expect((await app.send('/health')).status).toBe(200)
    const page = await app.send('/somelink')
    expect([page.status, page.headers['retry-after']]).toEqual([503, '5'])
    expect(textOf(page)).not.toMatch(/sqlite|postgres|pool|connection is not open/i)
  })
})

/** Headers that are the same for GET and HEAD. */
function comparable(headers: object): object {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(
        ([name]) =>
          !['date', 'connection', 'transfer-encoding', 'content-length', 'set-cookie'].includes(
            name,
          ),
      )
      .toSorted(),
  )
}
