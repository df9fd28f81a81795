import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser, type Browser, formType } from './support/browser.ts'
import { proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'
import { defaultBaseUrl } from './support/wire-app.ts'

const apiPolicy =
  "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; sandbox"
const sameOrigin: RawHeaders = [['Sec-Fetch-Site', 'same-origin']]

/** Headers of every page, whatever its status. The CSP nonce is checked separately. */
const pageHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy':
    'camera=(), microphone=(), geolocation=(), usb=(), payment=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
  vary: 'Sec-Fetch-Site, Origin',
  'content-type': 'text/html; charset=UTF-8',
}
const apiHeaders = {
  'content-security-policy': apiPolicy,
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  vary: 'Origin',
}
const redirectHeaders = {
  'content-security-policy': apiPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}
const hsts = 'max-age=63072000; includeSubDomains'

const policyOf = (nonce: string) =>
  `default-src 'none'; script-src 'nonce-${nonce}' 'strict-dynamic'; style-src 'self' 'nonce-${nonce}'; ` +
  "img-src 'self' data:; font-src 'self'; manifest-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
  "object-src 'none'; frame-ancestors 'none'; report-to csp"

/** The nonce of a page, after checking the whole policy and the page's script. */
function nonceOf({ headers, body }: TestResponse): string {
  const policy = String(headers['content-security-policy'])
  const nonce = /'nonce-([A-Za-z0-9+/]{22}==)'/.exec(policy)?.[1] ?? 'none'
  expect(policy).toBe(policyOf(nonce))
  if (body !== '') expect(body).toContain(`<script nonce="${nonce}"`)
  return nonce
}

/** One response of each status, with the request that causes it. */
async function answersByStatus(app: TestApp, browser: Browser, code: string) {
  const raw = (path: string, headers: RawHeaders, body = '') =>
    browser.send(path, { method: 'POST', headers, body })
  const token = await browser.csrfToken('/create')
  const large = `csrf_token=${token}&original_url=${'x'.repeat(270_000)}`
  const api: RawHeaders = [['Content-Type', 'application/json'], ...sameOrigin]
  app.faults.fail('links.count', () => new Error('planted'))
  const failed = await browser.open('/dashboard')
  app.faults.restore()
  app.faults.fail('links.count', () => new RepositoryError('planted'))
  const unavailable = await browser.open('/dashboard')
  app.faults.restore()
  app.faults.fail('links.list', () => new RepositoryError('planted'))
  const unavailableApi = await browser.send('/api/urls')
  app.faults.restore()
  const guessing = aBrowser(app)
  const guess = { email: `guessed-${code}@users.test`, password: 'x' }
  for (let n = 0; n < 6; n += 1) await guessing.signIn(guess)
  app.faults.fail('links.list', () => new Error('planted'))
  const failedApi = await browser.send('/api/urls')
  app.faults.restore()
  return {
    pages: [
      [200, await browser.open('/dashboard')],
      [303, await aBrowser(app).open('/dashboard')],
      [400, await browser.submit('/create', { original_url: 'x' })],
      [400, await browser.submit('/create', { nonsense: 'x' })],
      [401, await aBrowser(app).signIn({ email: 'a@b.test', password: 'x' })],
      [403, await raw('/create', [...formType, ['Origin', 'https://evil.test']])],
      [404, await browser.open('/nothing/here')],
      [405, await browser.open('/logout')],
      [
        409,
        await browser.submit('/create', { original_url: 'https://dest.test', short_code: code }),
      ],
      [413, await raw('/create', [...formType, ...sameOrigin], large)],
      [429, await guessing.signIn(guess)],
      [500, failed],
      [503, unavailable],
    ],
    api: [
      [200, await browser.send('/api/urls')],
      [204, await browser.call('DELETE', `/api/urls/${code}`)],
      [400, await browser.send('/api/urls?limit=x')],
      [401, await app.send('/api/urls')],
      [403, await raw('/api/urls', api, '{}')],
      [404, await browser.send('/api/nothing')],
      [405, await browser.send('/api/urls', { method: 'PUT' })],
      [415, await raw('/api/urls', [['X-CSRF-Token', token], ...sameOrigin], '{}')],
      [500, failedApi],
      [503, unavailableApi],
      [200, await app.send('/health')],
    ],
  } as const
}

describe.each(databases)('headers over http on %s (V3.4, V4.1.1, V13.4.6)', (kind) => {
  const opened = useApp(kind)

  it('pages and API have their own headers for every status, and none has HSTS', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test',
      short_code: 'hdr',
    })
    const { pages, api } = await answersByStatus(app, browser, 'hdr')
    const nonces = new Set<string>()
    for (const [status, answer] of pages) {
      const { 'content-type': type, ...always } = pageHeaders
      const expected = status === 303 ? always : { ...always, 'content-type': type }
      expect([status, answer.status, answer.headers]).toMatchObject([status, status, expected])
      nonces.add(nonceOf(answer))
    }
    expect(nonces.size).toBe(pages.length)
    for (const [status, answer] of api) {
      expect([status, answer.status, answer.headers]).toMatchObject([status, status, apiHeaders])
      if (status !== 204) expect(answer.headers['content-type']).toBe('application/json')
    }
    for (const [, answer] of [...pages, ...api]) {
      expect(answer.headers).not.toHaveProperty('strict-transport-security')
    }
  })

  it('pages behind a one-time code hide the code from other sites (token pages)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    const setUp = await aBrowser(app).open('/setup?code=x')
    await app.account()
    const signUp = await aBrowser(app).open('/signup')
    const links = ['/reset?token=x', '/reset', '/verify?token=x', '/verify']
    const emailLinkPage = await Promise.all(links.map((path) => aBrowser(app).open(path)))
    for (const answer of emailLinkPage) answer.headers['content-type'] = pageHeaders['content-type']
    for (const answer of [setUp, signUp, ...emailLinkPage]) {
      expect(answer.headers).toMatchObject({
        ...pageHeaders,
        'referrer-policy': 'strict-origin',
        'x-robots-tag': 'noindex',
      })
    }
  })

  it('redirects after sign-in and sign-out send no referrer', async () => {
    const browser = await aSignedInBrowser(opened())
    const again = await browser.signIn(browser.account)
    const out = await browser.submit('/logout', {}, { on: '/dashboard' })
    for (const answer of [again, out]) {
      expect([answer.status, answer.headers]).toMatchObject([303, redirectHeaders])
    }
  })

  it('only static files are cached, without limit; every file a page references exists', async () => {
    const app = opened()
    const { body } = await aBrowser(app).open('/login')
    const files = [...body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(
      ([, path = '']) => path,
    )
    expect(files).toHaveLength(4)
    for (const path of files) {
      const answer = await app.send(path)
      expect([answer.status, answer.headers['cache-control'], answer.setCookies]).toEqual([
        200,
        'public, max-age=31536000, immutable',
        [],
      ])
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
    }
  })

  it('requests to another loopback name are redirected to the configured host', async () => {
    const answer = await opened().send('/login?next=%2Fcreate', {
      headers: [['Host', '127.0.0.1:8080']],
    })
    expect([answer.status, answer.location]).toEqual([
      307,
      `${defaultBaseUrl}/login?next=%2Fcreate`,
    ])
    const evil = await opened().send('/login', { headers: [['Host', 'evil.test']] })
    expect([evil.status, evil.body.includes('evil.test')]).toEqual([200, false])
  })
})

describe.each(databases)(
  'behind a TLS-terminating proxy, on %s (V12.2.1, TLS-1, V4.1.2)',
  (kind) => {
    const opened = useApp(kind, { env: proxied })
    const overHttp: RawHeaders = [['X-Forwarded-Proto', 'http']]

    it('cookies are __Host-, Secure, HttpOnly, Lax and host-only (V3.3.1, V3.3.3)', async () => {
      const app = opened()
      const browser = aBrowser(app)
      const page = await browser.open('/login')
      expect(page.setCookies).toHaveLength(3)
      for (const cookie of page.setCookies) {
        expect(cookie).toMatch(
          /^__Host-(?:pre[a-z]*=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax|browser=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600)$/,
        )
      }
      const answer = await browser.signIn(await app.account())
      const session = answer.setCookies.find((each) => each.startsWith('__Host-session='))
      expect(session).toMatch(
        /^__Host-session=[\w-]{22}\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
      )
      const out = await browser.submit('/logout', {}, { on: '/dashboard' })
      expect(out.setCookies).toContain(
        '__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      )
      expect(out.headers['clear-site-data']).toBe('"storage"')
    })

    it('no cookie without the __Host- prefix authenticates', async () => {
      const app = opened()
      const token = (await aSignedInBrowser(app)).sessionCookie()
      for (const name of [
        'session',
        'session-dev',
        '__Secure-session',
        '__host-session',
        '__Host-Session',
      ]) {
        const answer = await app.send('/api/session', { headers: [['Cookie', `${name}=${token}`]] })
        expect([name, answer.status]).toEqual([name, 401])
      }
    })

    it('every response has HSTS for two years, including redirects and errors (V3.4.1, HDR-9)', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      await browser.call('POST', '/api/urls', {
        original_url: 'https://dest.test',
        short_code: 'hst',
      })
      const link = await app.send('/hst')
      const { pages, api } = await answersByStatus(app, browser, 'hst')
      for (const [, answer] of [...pages, ...api, [302, link] as const]) {
        expect(answer.headers['strict-transport-security']).toBe(hsts)
      }
    })

    it('plain http: pages redirect to https at the configured origin, the rest gets 403', async () => {
      const app = opened()
      const browser = await aSignedInBrowser(app)
      for (const headers of [
        overHttp,
        [...overHttp, ['Host', 'evil.test'], ['X-Forwarded-Host', 'evil.test']],
      ] as const) {
        const page = await browser.send('/dashboard?q=1', { headers })
        expect([page.status, page.location]).toEqual([307, 'https://mjr.test/dashboard?q=1'])
        expect(page.body + JSON.stringify(page.headers)).not.toContain('evil.test')
        expect((await browser.send('/api/urls', { headers })).status).toBe(403)
      }
      const post = await browser.send('/login', {
        method: 'POST',
        headers: [...formType, ...overHttp],
        body: 'email=a',
      })
      expect(post.status).toBe(403)
      expect((await app.send('/health', { headers: overHttp })).status).toBe(200)
    })

    it('a request is https only if the trusted proxy reports exactly that', async () => {
      const app = opened()
      for (const value of ['-', '', 'HTTP', 'https, http', 'ftp']) {
        const answer = await app.send('/api/session', { headers: [['X-Forwarded-Proto', value]] })
        expect([value, answer.status]).toEqual([value, 403])
      }
    })

    it("the client's IP address is the last one the proxy itself saw (V4.1.3, V15.3.4)", async () => {
      const app = opened()
      const addressOf = async (forwarded: string) => {
        const answer = await app.send('/login', { headers: [['X-Forwarded-For', forwarded]] })
        const id = answer.headers['x-request-id']
        return app.log().find(({ requestId }) => requestId === id)?.client
      }
      expect(await addressOf('203.0.113.7')).toBe('203.0.113.7')
      expect(await addressOf('198.51.100.1, 203.0.113.7')).toBe('203.0.113.7')
      expect(await addressOf('203.0.113.7, 127.0.0.1')).toBe('203.0.113.7')
      expect(await addressOf('2001:db8::7')).toBe('2001:db8::7')
      expect(await addressOf('198.51.100.1, garbage<script>')).toBe('127.0.0.1')
    })
  },
)

describe.each(databases)('without a trusted proxy on %s (V4.1.3)', (kind) => {
  const opened = useApp(kind)

  it('forged forwarding headers change neither IP address, scheme, links nor redirects', async () => {
    const app = opened()
    const forged: RawHeaders = [
      ['X-Forwarded-For', '203.0.113.7'],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'evil.test'],
      ['X-Real-IP', '203.0.113.7'],
      ['Forwarded', 'for=203.0.113.7;host=evil.test;proto=https'],
      ['CF-Connecting-IP', '203.0.113.7'],
    ]
    const browser = aBrowser(app, forged)
    const answers = [
      await browser.open('/login'),
      await browser.open('/dashboard'),
      await browser.signIn(await app.account()),
    ]
    answers.push(await browser.submit('/create', { original_url: 'https://dest.test' }))
    for (const answer of answers) {
      expect(answer.body + JSON.stringify(answer.headers)).not.toMatch(/evil\.test|203\.0\.113\.7/)
      expect(answer.headers).not.toHaveProperty('strict-transport-security')
    }
    expect(
      new Set(
        app
          .log()
          .filter(({ msg }) => msg === 'request')
          .map(({ client }) => client),
      ),
    ).toEqual(new Set(['127.0.0.1']))
    expect(await app.storage.dump()).not.toContain('203.0.113.7')
  })

  it('an https app ignores forwarding headers and redirects or rejects every request', async () => {
    await using app = await anApp(kind, { env: { BASE_URL: 'https://mjr.test' } })
    const direct = { headers: [['X-Forwarded-Proto', 'http']] } as const
    expect((await app.send('/login', direct)).location).toBe('https://mjr.test/login')
    expect((await app.send('/api/session')).status).toBe(403)
  })

  it('an https app responds 500 instead of redirecting without end, and logs the proxy', async () => {
    await using app = await anApp(kind, { env: { BASE_URL: 'https://mjr.test' } })
    const answer = await app.send('/login', { headers: [['X-Forwarded-Proto', 'https']] })
    expect([answer.status, answer.location]).toEqual([500, ''])
    const reason = 'proxy-not-trusted'
    expect(app.log()).toContainEqual(expect.objectContaining({ reason, ipAddress: '127.0.0.1' }))
  })
})
