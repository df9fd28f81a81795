import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { rateLimits } from '../src/domain/rate-limits.ts'
import { minute } from '../src/domain/time.ts'
import { aBrowser, type Browser } from './support/browser.ts'
import { type FakeOAuthServer, oauthClient, startFakeGitHub } from './support/fake-oauth-servers.ts'
import { aClockOfNow, type OidcProvider, startOidcProvider } from './support/oidc-provider.ts'
import { proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

let oidc: OidcProvider
let gitHub: FakeOAuthServer

beforeAll(async () => {
  oidc = await startOidcProvider({ baseUrl: proxied.BASE_URL })
  gitHub = await startFakeGitHub()
})

afterAll(async () => {
  await oidc[Symbol.asyncDispose]()
  await gitHub[Symbol.asyncDispose]()
})

const link: RawHeaders = [
  ['Sec-Fetch-Site', 'cross-site'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Dest', 'document'],
]

/** The app behind https, with an OIDC provider and GitHub. */
function open(kind: (typeof databases)[number], env: Readonly<Record<string, string>> = {}) {
  const { clientId: GITHUB_CLIENT_ID, clientSecret: GITHUB_CLIENT_SECRET } = oauthClient
  return anApp(kind, {
    clock: aClockOfNow(),
    env: { ...proxied, ...oidc.env, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, ...env },
    providerEndpoints: { github: { site: gitHub.origin, api: gitHub.origin } },
  })
}

/** Starts a visit and returns the callback to which the provider then redirects. */
async function visit(browser: Browser, path = '/login/oidc'): Promise<string> {
  const start = await browser.send(path, { headers: [['Sec-Fetch-Site', 'same-origin']] })
  expect([start.status, start.body]).toEqual([303, ''])
  return path.includes('/github') ? gitHub.authorize(start.location) : oidc.visit(start.location)
}

/** The provider's redirect to the callback. */
function returnTo(browser: Browser, callback: string): Promise<TestResponse> {
  return browser.send(callback, { headers: link })
}

function visitCookies(browser: Browser): readonly string[] {
  return [...browser.cookies.keys()].filter((name) => name.includes('visit'))
}

function codesSent(): number {
  return oidc.requests.filter((request) => request === 'POST /token').length
}

/** The reasons of the rejected callbacks in the log. */
function reasons(app: TestApp): readonly unknown[] {
  return app
    .log()
    .filter(({ event }) => event === 'provider-rejected')
    .map(({ provider, reason }) => `${provider}: ${reason}`)
}

function expectRejected(answer: TestResponse): void {
  expect([answer.status, answer.setCookies]).toEqual([400, []])
  // The URL contains the code.
  expect(answer.headers['referrer-policy']).toBe('strict-origin')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body).toContain('Sign-in not completed')
  expect(answer.body).toContain('href="/login"')
}

/** The header profile of redirects with credentials. */
const redirectHeaders = {
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': expect.stringContaining("default-src 'none'"),
  'strict-transport-security': expect.stringContaining('max-age='),
}

describe.each(databases)('a visit to a provider on %s', (kind) => {
  it('starts with a redirect and a cookie of ten minutes, and stores nothing (V10.1.2)', async () => {
    await using app = await open(kind)
    const before = await app.fingerprint()
    const start = await aBrowser(app).open('/login/oidc')
    expect(start.status).toBe(303)
    expect(start.location).toMatch(`${oidc.issuer}/auth?`)
    expect(start.headers).toMatchObject(redirectHeaders)
    const [cookie = ''] = start.setCookies
    expect(start.setCookies).toHaveLength(1)
    expect(cookie).toMatch(/^__Host-visit[a-z]{12}=/)
    for (const part of ['Max-Age=600', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']) {
      expect(cookie).toContain(part)
    }
    expect(await app.fingerprint()).toBe(before)
  })

  it('ends without its cookie, and its state is stored until an hour after it expired', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const answer = await returnTo(browser, await visit(browser))
    expect(answer.status).not.toBe(400)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(visitCookies(browser)).toEqual([])
    expect(await app.storage.query('SELECT state_hash FROM used_states')).toHaveLength(1)
    app.clock.advance(80 * minute)
    await app.features.purge()
    expect(await app.storage.query('SELECT state_hash FROM used_states')).toEqual([])
  })

  it.each(['cross-site', 'same-site'])(
    'that a %s page starts asks first (V7.6.2)',
    async (site) => {
      await using app = await open(kind)
      const browser = aBrowser(app)
      const path = '/login/oidc?next=%2Fcreate'
      const headers: RawHeaders = [
        ['Sec-Fetch-Site', site],
        ['Sec-Fetch-Mode', 'navigate'],
        ['Sec-Fetch-Dest', 'document'],
      ]
      const answer = await browser.send(path, { headers })
      expect([answer.status, answer.location, answer.setCookies]).toEqual([200, '', []])
      expect(answer.body).toContain('Continue with Example ID?')
      expect(answer.body).toContain(`href="${path}"`)
    },
  )

  it('is unknown for a provider that is not configured', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    for (const id of ['google', 'discord', 'other', 'OIDC', '__proto__']) {
      expect((await browser.open(`/login/${id}`)).status).toBe(404)
      expect((await browser.open(`/login/${id}/callback?state=a&code=b`)).status).toBe(404)
    }
  })

  it('can be made in several tabs at once, which all return', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const callbacks = await Promise.all([visit(browser), visit(browser, '/login/github')])
    expect(visitCookies(browser)).toHaveLength(2)
    for (const callback of callbacks) {
      expect((await returnTo(browser, callback)).status).not.toBe(400)
    }
  })

  it('replaces the oldest of five others', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const callbacks: string[] = []
    for (let n = 0; n < 7; n += 1) {
      callbacks.push(await visit(browser, '/login/github'))
      app.clock.advance(1_000)
    }
    expect(visitCookies(browser)).toHaveLength(5)
    const statuses: number[] = []
    for (const callback of callbacks) statuses.push((await returnTo(browser, callback)).status)
    expect(statuses.map((status) => status === 400)).toEqual([true, true, ...Array(5).fill(false)])
  })

  it('replaces the oldest of five others over plain http too', async () => {
    await using app = await open(kind, { BASE_URL: 'http://localhost:8080', TRUSTED_PROXIES: '' })
    const browser = aBrowser(app)
    for (let n = 0; n < 7; n += 1) await visit(browser, '/login/github')
    expect(visitCookies(browser)).toHaveLength(5)
  })

  it('that the visitor cancels leads back to the sign-in page', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const headers: RawHeaders = [['Sec-Fetch-Site', 'same-origin']]
    const start = await browser.send('/login/github?next=%2Fcreate', { headers })
    const answer = await returnTo(browser, gitHub.authorize(start.location, 'deny'))
    expect([answer.status, answer.location]).toEqual([303, '/login?next=%2Fcreate'])
    expect(answer.headers).toMatchObject(redirectHeaders)
    expect(visitCookies(browser)).toEqual([])
    expect(browser.sessionCookie()).toBe('')
    expect((await browser.open('/login')).body).toContain('You canceled at GitHub.')
  })

  it('is completed by our own page if the browser sends no session cookie (Strict)', async () => {
    await using app = await open(kind, { SESSION_SAME_SITE: 'Strict' })
    const browser = aBrowser(app)
    const callback = await visit(browser, '/login/github')
    const before = gitHub.requests.length
    const answer = await returnTo(browser, callback)
    expect([answer.status, answer.setCookies]).toEqual([200, []])
    expect(answer.headers.refresh).toBe(`0; url=${callback}`)
    expect(gitHub.requests).toHaveLength(before)
    const headers: RawHeaders = [['Sec-Fetch-Site', 'same-origin']]
    expect([200, 400]).not.toContain((await browser.send(callback, { headers })).status)
  })

  it('is no page to open after signing in', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const account = await app.account()
    const answer = await browser.signIn(account, { next: '/login/github' })
    expect(answer.location).toBe('/dashboard')
  })
})

/** Callbacks that must not sign anyone in, and the reason in the log. */
const rejected: readonly (readonly [
  string,
  string,
  (app: TestApp, browser: Browser) => Promise<TestResponse>,
])[] = [
  [
    'without a visit (V7.6.1)',
    'oidc: no-visit',
    (_app, browser) => returnTo(browser, '/login/oidc/callback?state=a&code=b'),
  ],
  [
    'without parameters',
    'oidc: no-visit',
    (_app, browser) => returnTo(browser, '/login/oidc/callback'),
  ],
  [
    'in another browser',
    'oidc: no-visit',
    async (app, browser) => returnTo(aBrowser(app), await visit(browser)),
  ],
  [
    'in another browser that has started a visit too',
    'oidc: no-visit',
    async (app, browser) => {
      const other = aBrowser(app)
      await visit(other)
      return returnTo(other, await visit(browser))
    },
  ],
  [
    'at the path of another provider (mix-up)',
    'github: other-provider',
    async (_app, browser) =>
      returnTo(browser, (await visit(browser)).replace('/oidc/', '/github/')),
  ],
  [
    'with another state',
    'oidc: no-visit',
    async (_app, browser) => returnTo(browser, (await visit(browser)).replace('state=', 'state=x')),
  ],
  [
    'with a second state',
    'oidc: no-visit',
    async (_app, browser) => returnTo(browser, `${await visit(browser)}&state=x`),
  ],
  [
    'after ten minutes',
    'oidc: no-visit',
    async (app, browser) => {
      const callback = await visit(browser)
      app.clock.advance(10 * minute)
      return returnTo(browser, callback)
    },
  ],
  [
    'with a cookie that was changed',
    'oidc: no-visit',
    async (_app, browser) => {
      const callback = await visit(browser)
      for (const name of visitCookies(browser)) {
        browser.cookies.set(name, (browser.cookies.get(name) ?? '').replace(/^./, 'x'))
      }
      return returnTo(browser, callback)
    },
  ],
  [
    'with the cookie of another visit',
    'oidc: no-visit',
    async (_app, browser) => {
      const callback = await visit(browser)
      const [name = ''] = visitCookies(browser)
      browser.cookies.delete(name)
      await visit(browser)
      const [other = ''] = visitCookies(browser)
      browser.cookies.set(name, browser.cookies.get(other) ?? '')
      return returnTo(browser, callback)
    },
  ],
]

describe.each(databases)('a callback on %s', (kind) => {
  it.each(rejected)(
    '%s is rejected, sets no cookie and calls no provider',
    async (_name, reason, send) => {
      await using app = await open(kind)
      const before = codesSent()
      expectRejected(await send(app, aBrowser(app)))
      expect(reasons(app)).toEqual([reason])
      expect(codesSent()).toBe(before)
      expect(await app.storage.query('SELECT id FROM sessions')).toEqual([])
      expect(await app.storage.query('SELECT state_hash FROM used_states')).toEqual([])
    },
  )

  it.each(['without a session', 'in the session of another user'])(
    'of a visit that connects an account is rejected %s',
    async (name) => {
      await using app = await open(kind)
      const [owner, other] = [await app.account(), await app.account()]
      const browser = aBrowser(app)
      await browser.signIn(owner)
      const callback = await visit(browser, '/settings/connected-accounts/github/connect')
      const before = gitHub.requests.length
      await browser.submit('/logout', {}, { on: '/dashboard' })
      if (name !== 'without a session') await browser.signIn(other)
      const answer = await returnTo(browser, callback)
      expect([answer.status, reasons(app)]).toEqual([400, ['github: other-session']])
      expect(answer.body).toContain('href="/settings/connected-accounts"')
      expect(gitHub.requests).toHaveLength(before)
      expect(await app.storage.query('SELECT id FROM identities')).toEqual([])
    },
  )

  it('that is replayed with its cookie is rejected (V10.2.1)', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const callback = await visit(browser)
    const cookies = new Map(browser.cookies)
    await returnTo(browser, callback)
    const before = codesSent()
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    expectRejected(await returnTo(browser, callback))
    expect(reasons(app)).toEqual(['oidc: replayed'])
    expect(codesSent()).toBe(before)
  })

  it('that arrives ten times at once sends its code once', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const callback = await visit(browser)
    const before = codesSent()
    const all = await Promise.all(Array.from({ length: 10 }, () => returnTo(browser, callback)))
    expect(all.filter(({ status }) => status === 400)).toHaveLength(9)
    expect(codesSent()).toBe(before + 1)
  })

  it('gets 503 while the database fails, and can be sent again', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const callback = await visit(browser)
    app.faults.fail('states.use', () => new RepositoryError('The database failed.'))
    expect((await returnTo(browser, callback)).status).toBe(503)
    app.faults.restore()
    expect([400, 503]).not.toContain((await returnTo(browser, callback)).status)
  })

  it('reveals no code, provider token or client secret in a response, the log or a table', async () => {
    await using app = await open(kind)
    const browser = aBrowser(app)
    const callback = await visit(browser)
    const code = new URL(callback, app.baseUrl).searchParams.get('code') ?? ''
    app.leakDetector.addSecret(code, 'code')
    app.leakDetector.addSecret(oidc.clientSecret, 'token')
    const answer = await returnTo(browser, callback)
    const tokens = JSON.parse(oidc.tokenResponses.at(-1) ?? '{}')
    const secrets = [code, oidc.clientSecret, tokens.access_token, tokens.id_token]
    const everything = JSON.stringify([answer, app.log(), await app.storage.dump()])
    for (const secret of secrets) {
      expect(secret).toMatch(/.{20}/)
      expect(everything).not.toContain(secret)
    }
  })
})

describe('callbacks from one IP address', () => {
  it('are limited, and only those of visits of this browser count', async () => {
    await using app = await open('sqlite')
    const browser = aBrowser(app)
    for (let n = 0; n < 3; n += 1) await returnTo(browser, '/login/github/callback?state=a&code=b')
    const { max } = rateLimits.providerCallbacks
    const start = await browser.open('/login/github')
    const callback = gitHub.authorize(start.location, 'deny')
    const cookies = [...browser.cookies]
    const statuses: number[] = []
    for (let n = 0; n <= max; n += 1) {
      for (const [name, value] of cookies) browser.cookies.set(name, value)
      statuses.push((await returnTo(browser, callback)).status)
    }
    // Accepted once; replays count too.
    expect(statuses.slice(0, max)).toEqual([303, ...Array(max - 1).fill(400)])
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('a provider that does not respond', () => {
  const down = { OIDC_ISSUER: 'http://127.0.0.1:9' }

  it('is reported on its own page, and affects neither the start nor the other providers', async () => {
    await using app = await open('sqlite', down)
    const browser = aBrowser(app)
    const answer = await browser.open('/login/oidc')
    expect([answer.status, answer.setCookies]).toEqual([503, []])
    expect(answer.headers['retry-after']).toBe('60')
    expect(answer.body).toContain('Example ID is not available')
    expect(answer.body).toContain('href="/login"')
    expect((await browser.open('/login')).status).toBe(200)
    expect(await visit(browser, '/login/github')).toContain('/login/github/callback')
    const lines = app.log().filter(({ msg }) => msg === 'provider not available')
    expect(lines).toMatchObject([{ provider: 'oidc', reason: 'unreachable' }])
  })
})
