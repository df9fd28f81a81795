import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { bypasses } from './support/bypasses.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

const hostile: readonly string[] = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'ftp://dest.test/x',
  'blob:https://dest.test/uuid',
  'about:blank',
  'mailto:ann@users.test',
  'intent://dest.test#Intent;scheme=http;end',
  'view-source:https://dest.test',
  'ws://dest.test',
  '//dest.test/x',
  '/relative',
  'dest\u202e.test/x',
  'https:dest.test',
  'http:///dest.test',
  'https:\\\\dest.test\\x',
  'https:/dest.test',
  'https://',
  'https://?x',
  'https://user:password@dest.test/',
  'https://dest.test@evil.test/',
  'https://:@dest.test/',
  'https://dest.test\\@evil.test/',
  'https://dest.test/a b',
  'https://dest.test/\r\nSet-Cookie: x=1',
  'https://dest.test/\u0000',
  'https://dest.test/\u202egnp.exe',
  'https://dest\u200b.test/',
  'https://dest.test:99999/',
  'https://[::1/',
  'https://%00.test/',
  'https://exa mple.test/',
  `https://dest.test/${'x'.repeat(16_384)}`,
  `https://dest.test/${'ü'.repeat(16_384)}`,
  'http://localhost:8080/abc',
  'http://LOCALHOST:8080/abc',
  'http://localhost.:8080/abc',
  'http://127.0.0.1:8080/abc',
  'http://127.1:8080/abc',
  'http://2130706433:8080/abc',
  'http://0x7f.1:8080/abc',
  'http://[::1]:8080/abc',
  'http://[::ffff:127.0.0.1]:8080/abc',
]

describe.each(databases)('destinations on %s (V1.2.2, V2.2.1)', (kind) => {
  const opened = useApp(kind)

  it('that are hostile are rejected at their field by form and API, and nothing is created', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test',
      short_code: 'mine',
    })
    await browser.open('/dashboard')
    const before = await app.fingerprint()
    for (const original_url of hostile) {
      const name = original_url.slice(0, 60)
      const api = await browser.call('POST', '/api/urls', { original_url })
      expect([name, api.status]).toEqual([name, 400])
      expect(api.json()).toMatchObject({ error: { fields: { original_url: expect.any(String) } } })
      const patch = await browser.call('PATCH', '/api/urls/mine', { original_url })
      expect([name, patch.status]).toEqual([name, 400])
      const page = await browser.submit('/create', { original_url })
      expect([name, page.status, page.body.includes('id="original_url-problem"')]).toEqual([
        name,
        400,
        true,
      ])
    }
    expect(await app.fingerprint()).toBe(before)
  })

  it('that are valid are stored as a browser parses them', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const [original_url, stored] of [
      ['https://dest.test', 'https://dest.test/'],
      ['  https://dest.test/x  ', 'https://dest.test/x'],
      ['HTTP://DEST.test:80/%7Ea?b#c', 'http://dest.test/%7Ea?b#c'],
      ['https://bücher.test/ä', 'https://xn--bcher-kva.test/%C3%A4'],
      ['https://dest.test/@user/a@b', 'https://dest.test/@user/a@b'],
      ['https://192.0.2.1/x', 'https://192.0.2.1/x'],
      ['https://[2001:db8::1]/', 'https://[2001:db8::1]/'],
      ['http://localhost:3000/', 'http://localhost:3000/'],
      ['dest.test/x', 'https://dest.test/x'],
    ]) {
      const answer = await browser.call('POST', '/api/urls', { original_url })
      expect([answer.status, answer.json()]).toMatchObject([201, { original_url: stored }])
    }
  })

  it('of another script are shown, copied and edited as typed, and redirect in ASCII', async () => {
    const browser = await aSignedInBrowser(opened())
    const typed = 'https://bücher.test/کتاب\u200cها?q=ü'
    const code = `typed-${kind}`
    const api = { original_url: typed, short_code: code }
    const ascii = new URL(typed).href
    expect((await browser.call('POST', '/api/urls', api)).json()).toMatchObject({
      original_url: ascii,
      display_url: typed,
    })
    for (const path of ['/dashboard', `/links/${code}`, `/links/${code}/edit`, `/${code}+`]) {
      expect([path, (await browser.open(path)).body.includes(typed)]).toEqual([path, true])
    }
    const found = await browser.send(`/api/urls?q=${encodeURIComponent('BÜCHER.test')}`)
    expect(found.json()).toMatchObject({ urls: [{ short_code: code }] })
    const preview = await browser.open(`/${code}+`)
    expect(preview.body).toContain('xn--bcher-kva.test')
    expect((await opened().send(`/${code}`)).location).toBe(ascii)
    await browser.submit(`/links/${code}/edit`, { original_url: 'https://dest.test/' })
    const edited = await browser.call('GET', `/api/urls/${code}`)
    expect(edited.json()).toMatchObject({ display_url: 'https://dest.test/' })
  })

  it('of the maximum length are kept whole by form, draft, API and redirect', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    for (const [name, path] of [
      ['ascii', 'x'.repeat(16_366)],
      ['arabic', `${'ش'.repeat(2_000)}/${'x'.repeat(14_365)}`],
    ] as const) {
      const typed = `https://dest.test/${path}`
      const code = `long-${name}-${kind}`
      const created = await browser.submit('/create', { original_url: typed, short_code: code })
      expect([name, created.status]).toEqual([name, created.status < 400 ? created.status : 0])
      expect((await app.send(`/${code}`)).location).toBe(new URL(typed).href)
      const patched = await browser.call('PATCH', `/api/urls/${code}`, { original_url: typed })
      expect([name, patched.status]).toEqual([name, 200])
      const tooLong = await browser.submit('/create', { original_url: `${typed}x` })
      expect([name, tooLong.status]).toEqual([name, 400])
      expect(tooLong.body).toContain('at most 16,384 characters')
      expect(tooLong.body).toContain(`${typed}x`)
    }
  })

  it('are never fetched (V1.3.6, V13.2.4)', async () => {
    const { createServer } = await import('node:net')
    const connections: string[] = []
    const server = createServer((socket) => {
      connections.push('connection')
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      const browser = await aSignedInBrowser(opened())
      const code = `fetch-${kind}`
      const created = await browser.call('POST', '/api/urls', {
        original_url: `http://127.0.0.1:${port}/`,
        short_code: code,
      })
      expect(created.status).toBe(201)
      for (const path of [`/${code}`, `/${code}+`, '/dashboard', `/links/${code}/edit`])
        await browser.open(path)
      expect(connections).toEqual([])
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

describe.each(databases)('redirect after sign-in on %s (V3.7.2, R9700 2.1)', (kind) => {
  const opened = useApp(kind)

  it('accepts only paths of this app; any other `next` leads to the dashboard', async () => {
    const app = opened()
    const account = await app.account()
    for (const next of bypasses) {
      const answer = await aBrowser(app).signIn(account, { next })
      const expected = next === '/' ? '/' : '/dashboard'
      expect([next.slice(0, 40), answer.status, answer.location]).toEqual([
        next.slice(0, 40),
        303,
        expected,
      ])
      const page = await aBrowser(app).open(`/login?next=${encodeURIComponent(next)}`)
      expect([next.slice(0, 40), page.status]).toEqual([next.slice(0, 40), 200])
      expect(page.body).not.toContain('evil')
    }
  })

  it('accepts every page of the app as `next`, with its query', async () => {
    const app = opened()
    const account = await app.account()
    const pages = app.routes
      .filter(
        (route) =>
          route.startsWith('GET /') &&
          !/ \/(?:api\/|openapi|health|ready|login\/|\.well-known\/)/.test(route),
      )
      .map((route) => route.slice(4).replace(/:\w+/, 'abc'))
    expect(pages).toEqual(expect.arrayContaining(['/', '/dashboard', '/links/abc/edit', '/reset']))
    for (const path of pages) {
      const next = `${path}?q=a%20b`
      const answer = await aBrowser(app).signIn(account, { next })
      expect([next, answer.location]).toEqual([next, next])
    }
  })

  it('rejects a short link as `next`, at sign-in and at reauthentication (V3.7.2)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const link = { original_url: 'https://dest.test/', short_code: 'abc' }
    expect((await browser.call('POST', '/api/urls', link)).status).toBe(201)
    // Another account: the sessions of a user are limited.
    const other = await app.account()
    for (const next of [
      ...[
        '/abc',
        '/abc+',
        '/%61bc',
        '/abc%2B',
        '/abc?x',
        '/./abc',
        '/links/../abc',
        '/links/%2e%2e/abc',
      ],
      ...[
        '/unknown',
        '/no/page',
        '/login/',
        '/dashboard/',
        '/%64ashboard',
        '/DASHBOARD',
        '/logout',
      ],
      ...['/api/urls', '/health', '/openapi.json', '/csp-reports', '/assets/x.css'],
    ]) {
      const signedIn = await aBrowser(app).signIn(other, { next })
      const confirmed = await browser.submit('/reauthenticate', {
        password: browser.account.password,
        next,
      })
      expect([next, signedIn.location, confirmed.location]).toEqual([
        next,
        '/dashboard',
        '/dashboard',
      ])
      const page = await aBrowser(app).open(`/login?next=${encodeURIComponent(next)}`)
      expect(page.body).not.toContain('name="next"')
    }
  })

  it('ignores Host and forwarding headers: forms, links and redirects use the configured host', async () => {
    const app = opened()
    const poison: RawHeaders = [
      ['Host', 'evil.test:8080'],
      ['X-Forwarded-Host', 'evil.test'],
      ['Forwarded', 'host=evil.test'],
      ['X-Original-URL', '/evil.test'],
      ['X-Rewrite-URL', '/evil.test'],
    ]
    const browser = await aSignedInBrowser(app)
    for (const path of [
      '/',
      '/dashboard',
      '/create',
      '/login',
      '/logout',
      '/nothing',
      '/api/urls',
      '/api/session',
    ]) {
      for (const client of [browser, aBrowser(app)]) {
        const answer = await client.open(path, poison)
        expect(answer.body + JSON.stringify(answer.headers)).not.toContain('evil.test')
        expect(answer.location).not.toMatch(/^(?!\/[^/])./)
      }
    }
  })

  it('ignores a `next` that cannot be decoded or is repeated', async () => {
    const app = opened()
    for (const query of [
      'next=%',
      'next=%zz',
      'next=%ff',
      'next=/a&next=//evil.test',
      'next[]=/a',
      'error=session_expired&error=x',
      '%',
    ]) {
      const answer = await aBrowser(app).open(`/login?${query}`)
      expect([query, answer.status, answer.body.includes('evil')]).toEqual([query, 200, false])
    }
  })
})
