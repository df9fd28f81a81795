import { describe, expect, it } from 'vitest'
import { SessionError } from '../domain/errors.ts'
import type { SessionEvent } from '../domain/events.ts'
import { createSessions } from '../sessions/create-sessions.ts'
import type { SessionsOptions } from '../sessions/options.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import { createWebSessions } from './create-web-sessions.ts'
import type { Exchange } from './exchange.ts'
import type { WebSessions, WebSessionsOptions } from './web-sessions.ts'

interface Data {
  readonly theme?: string
}

const key = 'a key of these tests, of 32 bytes or more'

function setUp(
  options: Partial<WebSessionsOptions> = {},
  sessionsOptions: Partial<SessionsOptions<Data>> = {},
) {
  const clock = createFakeClock()
  const events: SessionEvent[] = []
  const store = createMemorySessionStore()
  const sessions = createSessions<Data>({ store, data: { initial: {} }, clock, ...sessionsOptions })
  const web = createWebSessions(sessions, {
    baseUrl: 'https://mjr.example',
    keys: [key],
    clock,
    events: [(event) => events.push(event)],
    ...options,
  })
  return { web, sessions, clock, events }
}

function setCookies(exchange: Exchange<Data>): readonly string[] {
  return exchange
    .responseHeaders()
    .flatMap(([name, value]) => (name === 'Set-Cookie' ? [value] : []))
}

/** Opens an exchange that carries the cookies an earlier one has set. */
function follow(
  web: WebSessions<Data>,
  earlier: Exchange<Data> | null,
  [url, init]: readonly [string, RequestInit?] = ['https://mjr.example/'],
): Exchange<Data> {
  const cookies = earlier === null ? [] : setCookies(earlier)
  const pairs = cookies
    .filter((each) => !each.includes('Max-Age=0'))
    .map((each) => each.split(';')[0])
  const headers = new Headers(init?.headers)
  if (pairs.length > 0) headers.set('Cookie', pairs.join('; '))
  return web.open(new Request(url, { ...init, headers }), '203.0.113.7')
}

async function signedIn(web: WebSessions<Data>, remember = false): Promise<Exchange<Data>> {
  const exchange = follow(web, null)
  await exchange.signIn({ userId: 'ada', remember })
  return exchange
}

describe('createWebSessions', () => {
  it('refuses options by name', () => {
    const bad: readonly (readonly [string, Record<string, unknown>])[] = [
      ['baseUrl', { baseUrl: 'http://mjr.example' }],
      ['keys', { keys: [] }],
      ['keys', { keys: ['short'] }],
      ['cookieName', { cookieName: '__Host-session' }],
      ['sameSite', { sameSite: 'lax' }],
      ['sameSite', { sameSite: 'None', baseUrl: 'http://localhost' }],
      ['trustedProxies', { trustedProxies: ['everyone'] }],
      ['signInPath', { signInPath: 'https://evil.example/login' }],
      ['signInPath', { signInPath: '//evil.example' }],
      ['apiPrefix', { apiPrefix: 'api' }],
    ]
    for (const [name, options] of bad) {
      const message = expect.stringMatching(new RegExp(`^${name} `))
      expect(() => setUp(options)).toThrow(
        expect.objectContaining({ code: 'invalid-option', message }),
      )
    }
  })

  it('makes a fresh nonce each time', () => {
    const { web } = setUp()
    expect(web.createNonce()).toMatch(/^[A-Za-z0-9+/]{22}==$/)
    expect(web.createNonce()).not.toBe(web.createNonce())
  })
})

describe('an exchange', () => {
  it('tells the client: address behind the proxy, user agent cut', () => {
    const { web } = setUp({ trustedProxies: ['10.0.0.0/8'] })
    const headers = { 'User-Agent': 'x'.repeat(600), 'X-Forwarded-For': '198.51.100.1' }
    const request = new Request('https://mjr.example/', { headers })
    const client = { ipAddress: '198.51.100.1', userAgent: 'x'.repeat(512) }
    expect(web.open(request, '10.0.0.1').client).toEqual(client)
    expect(web.open(request, null).client.ipAddress).toBeNull()
    expect(web.open(new Request('https://mjr.example/'), null).client.userAgent).toBeNull()
  })

  it('rejects what needs a cookie once the response has left', async () => {
    const { web, sessions } = setUp()
    const exchange = await signedIn(web)
    exchange.responseHeaders()
    const late = { code: 'invalid-argument' }
    await expect(exchange.signIn({ userId: 'eve' })).rejects.toMatchObject(late)
    await expect(exchange.signOut()).rejects.toMatchObject(late)
    await expect(exchange.rotate()).rejects.toMatchObject(late)
    expect(await sessions.listForUser('eve')).toEqual([])
    expect(await sessions.listForUser('ada')).toHaveLength(1)
    const stranger = follow(web, null)
    stranger.responseHeaders()
    await expect(stranger.csrfToken()).rejects.toMatchObject(late)
    await expect(stranger.flash({ kind: 'a', message: '' })).rejects.toMatchObject(late)
  })

  it('keeps token and CSRF secret out of what its acts return', async () => {
    const { web } = setUp()
    const exchange = follow(web, null)
    const signedIn = await exchange.signIn({ userId: 'ada' })
    const rotated = await exchange.rotate()
    expect([Object.keys(signedIn), Object.keys(rotated)]).toEqual([
      ['status', 'session'],
      ['status', 'session'],
    ])
  })

  it('keeps a remembered cookie for what is left of the absolute timeout', async () => {
    const { web, clock } = setUp()
    const first = await signedIn(web, true)
    expect(setCookies(first)[0]).toMatch(/; Max-Age=2592000$/)
    clock.advance(10 * 24 * 3_600_000 + 1)
    const second = follow(web, first)
    expect((await second.rotate()).status).toBe('rotated')
    expect(setCookies(second)[0]).toMatch(/; Max-Age=1728000$/)
  })

  it('never asks a browser to keep a cookie for more than 400 days', async () => {
    const day = 24 * 3_600_000
    const timeouts = { rememberedAbsolute: 400 * day, rememberedIdle: 400 * day }
    const { web } = setUp({ clock: { now: () => 0 } }, { timeouts })
    expect(setCookies(await signedIn(web, true))[0]).toMatch(/; Max-Age=34560000$/)
  })

  it('refuses to rotate for strangers, and with a token that was rotated away', async () => {
    const { web } = setUp()
    expect(await follow(web, null).rotate()).toEqual({ status: 'refused' })
    const first = await signedIn(web)
    const [one, two] = [follow(web, first), follow(web, first)]
    const outcomes = await Promise.all([one.rotate(), two.rotate()])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['refused', 'rotated'])
    expect(setCookies(one).length + setCookies(two).length).toBe(1)
  })

  it('rotates again in the request that signed in or rotated', async () => {
    const { web } = setUp()
    const exchange = await signedIn(web)
    expect((await exchange.rotate()).status).toBe('rotated')
    expect((await exchange.rotate()).status).toBe('rotated')
    expect(setCookies(exchange).filter((each) => each.startsWith('__Host-session='))).toHaveLength(
      1,
    )
    expect(await follow(web, exchange).session()).toMatchObject({ userId: 'ada' })
  })

  it('is verified anew when that is asked for, once, and never after an act of its own', async () => {
    const { web, sessions } = setUp()
    const freshness: (boolean | undefined)[] = []
    const options = { baseUrl: 'https://mjr.example', keys: [key] }
    const spied: Sessions<Data> = {
      ...sessions,
      verify(token, client, options) {
        freshness.push(options?.fresh)
        return sessions.verify(token, client, options)
      },
    }
    const signed = await signedIn(web)
    const exchange = follow(createWebSessions(spied, options), signed)
    for (const fresh of [undefined, true, true, false, undefined]) {
      const verified = await exchange.verification(fresh === undefined ? undefined : { fresh })
      expect(verified.status).toBe('active')
    }
    expect(freshness).toEqual([undefined, true])
    const first = follow(createWebSessions(spied, options), signed)
    await first.verification({ fresh: true })
    await first.session()
    expect(freshness).toEqual([undefined, true, true])
    const acting = follow(createWebSessions(spied, options), signed)
    const acts = [
      ['active', () => acting.signIn({ userId: 'ada' })],
      ['active', () => acting.rotate()],
    ] as const
    for (const [status, act] of acts) {
      await act()
      expect((await acting.verification({ fresh: true })).status).toBe(status)
    }
    expect(freshness).toHaveLength(3)
    const leaving = follow(web, await signedIn(web))
    await leaving.signOut()
    expect(await leaving.verification({ fresh: true })).toMatchObject({ reason: 'no-token' })
  })

  it('goes by what a fresh verification says, whatever was said before', async () => {
    const { web, sessions } = setUp()
    const signed = await signedIn(web)
    const exchange = follow(web, signed)
    const session = await exchange.session()
    if (session === null) throw new Error('no session')
    const token = await exchange.csrfToken()
    await sessions.revoke(session.id, { reason: 'ended-by-user', by: 'ada' })
    expect((await exchange.verification()).status).toBe('active')
    expect(await web.requireSession(exchange, { fresh: true })).toMatchObject({ status: 303 })
    expect(await exchange.session()).toBeNull()
    expect(await exchange.matchesCsrfToken(token)).toBe(false)
    expect(await exchange.saveData({ theme: 'dark' })).toBeNull()
  })

  it('knows a stranger without asking, also when sessions are closed', async () => {
    const { web, sessions } = setUp()
    await sessions.close()
    expect(await follow(web, null).verification({ fresh: true })).toMatchObject({ status: 'none' })
  })

  it('saves data and sees it at once', async () => {
    const { web } = setUp()
    const exchange = await signedIn(web)
    expect(await exchange.saveData({ theme: 'dark' })).toEqual({ theme: 'dark' })
    expect((await exchange.session())?.data).toEqual({ theme: 'dark' })
    expect((await follow(web, exchange).session())?.data).toEqual({ theme: 'dark' })
    expect(await follow(web, null).saveData({ theme: 'dark' })).toBeNull()
  })

  it('knows nobody after signing out, and whoever signs in then', async () => {
    const { web } = setUp()
    const exchange = follow(web, await signedIn(web))
    const before = await exchange.csrfToken()
    await exchange.signOut()
    expect(await exchange.verification()).toEqual({ status: 'none', reason: 'no-token' })
    expect(await exchange.matchesCsrfToken(before)).toBe(false)
    await exchange.signIn({ userId: 'grace' })
    expect((await exchange.session())?.userId).toBe('grace')
    expect(await exchange.matchesCsrfToken(await exchange.csrfToken())).toBe(true)
  })

  it('ends a session at sign-out also from where its check refuses it', async () => {
    const { web } = setUp({}, { ipAddressCheck: 'strict' })
    const first = await signedIn(web)
    const cookie = setCookies(first)[0]?.split(';')[0] ?? ''
    const init = { headers: { Cookie: cookie } }
    const elsewhere = web.open(new Request('https://mjr.example/', init), '198.51.100.1')
    await elsewhere.signOut()
    expect(await follow(web, first).verification()).toMatchObject({ reason: 'signed-out' })
  })

  it('ends no session at sign-out by its id alone', async () => {
    const { web } = setUp({}, { ipAddressCheck: 'strict' })
    const first = await signedIn(web)
    const token = /=([^;]+)/.exec(setCookies(first)[0] ?? '')?.[1] ?? ''
    const init = { headers: { Cookie: `__Host-session=${token.slice(0, 23)}${'A'.repeat(43)}` } }
    await web.open(new Request('https://mjr.example/', init), '198.51.100.1').signOut()
    expect(await follow(web, first).session()).toMatchObject({ userId: 'ada' })
  })

  it('lets no CSRF token from before the sign-in act after it', async () => {
    const { web } = setUp()
    const form = follow(web, null)
    const anonymous = await form.csrfToken()
    const exchange = follow(web, form)
    expect(await exchange.matchesCsrfToken(anonymous)).toBe(true)
    await exchange.signIn({ userId: 'ada' })
    expect(await exchange.matchesCsrfToken(anonymous)).toBe(false)
    await exchange.signOut()
    expect(await exchange.matchesCsrfToken(anonymous)).toBe(false)
  })

  it('keeps every flash of an anonymous visitor, and drops them at sign-in', async () => {
    const { web } = setUp()
    const first = follow(web, null)
    await first.flash({ kind: 'a', message: '1' })
    await first.flash({ kind: 'b', message: '2' })
    const second = follow(web, first)
    await second.flash({ kind: 'c', message: '3' })
    const third = follow(web, second)
    expect((await third.takeFlashes()).map(({ kind }) => kind)).toEqual(['a', 'b', 'c'])
    expect(await third.takeFlashes()).toEqual([])
    const fourth = follow(web, second)
    await fourth.signIn({ userId: 'ada' })
    expect(await fourth.takeFlashes()).toEqual([])
  })

  it('refuses flashes past their limits', async () => {
    const exchange = follow(setUp().web, null)
    const bad = [
      ['', 'x'],
      ['k'.repeat(33), 'x'],
      ['k', 'x'.repeat(501)],
    ] as const
    for (const [kind, message] of bad) {
      await expect(exchange.flash({ kind, message })).rejects.toThrow(/a flash has/)
    }
  })

  it('carries cookies of the app: signed, for one name, and for their time', () => {
    const { web, clock } = setUp()
    const first = follow(web, null)
    first.setSignedCookie({ name: 'letter', value: 'Grüße; "x"', maxAge: 60_000 })
    const [cookie = ''] = setCookies(first)
    expect(cookie).toMatch(
      /^__Host-letter=[\w-]+\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=60$/,
    )
    const [pair = ''] = cookie.split(';')
    const read = (header: string, from = web, name = 'letter') =>
      from
        .open(new Request('https://mjr.example/', { headers: { cookie: header } }), null)
        .signedCookie(name)

    expect(read(pair)).toBe('Grüße; "x"')
    expect(read(pair.replace('letter', 'other'), web, 'other')).toBeNull()
    expect(read(`${pair}; ${pair}`)).toBeNull()
    expect(read('')).toBeNull()
    for (const forged of [
      `${pair}x`,
      `${pair}.x`,
      pair.replace(/\.[\w-]+$/, ''),
      '__Host-letter=',
    ]) {
      expect(read(forged)).toBeNull()
    }
    const older = 'an older key, of 32 bytes or more too'
    expect(read(pair, setUp({ keys: [older, key] }).web)).toBe('Grüße; "x"')
    expect(read(pair, setUp({ keys: [older] }).web)).toBeNull()
    clock.advance(59_999)
    expect(read(pair)).toBe('Grüße; "x"')
    clock.advance(1)
    expect(read(pair)).toBeNull()
  })

  it('expires a cookie of the app, and refuses what no such cookie can be', () => {
    const { web } = setUp({ baseUrl: 'http://localhost' })
    const exchange = follow(web, null)
    exchange.setSignedCookie({ name: 'letter', value: null, maxAge: 0 })
    for (const name of ['session', 'pre', 'flash', 'Letter', '__Host-letter', '', 'a;b']) {
      const set = () => exchange.setSignedCookie({ name, value: 'x', maxAge: 60_000 })
      expect(set).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
      expect(() => exchange.signedCookie(name)).toThrow(SessionError)
    }
    for (const maxAge of [0, 999, Number.NaN, 401 * 24 * 60 * 60_000]) {
      const set = () => exchange.setSignedCookie({ name: 'letter', value: 'x', maxAge })
      expect(set).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    }
    expect(setCookies(exchange)[0]).toMatch(/^letter-dev=; .*Max-Age=0; Expires=/)
    const late = () => exchange.setSignedCookie({ name: 'letter', value: 'x', maxAge: 60_000 })
    expect(late).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })

  it('tells of a duplicate session cookie', async () => {
    const { web, events } = setUp()
    const headers = { Cookie: '__Host-session=a; __Host-session=b' }
    const exchange = web.open(new Request('https://mjr.example/', { headers }), null)
    expect(await exchange.verification()).toEqual({ status: 'none', reason: 'malformed' })
    expect(await exchange.verification({ fresh: true })).toMatchObject({ reason: 'malformed' })
    expect(events).toMatchObject([{ type: 'token-rejected', reason: 'malformed' }])
  })

  it.each([
    [{}, '__Host-session'],
    [{ cookieName: 'id' }, '__Host-id'],
    [{ baseUrl: 'http://localhost:8080' }, 'session-dev'],
  ])('tells the name of the session cookie under %o', (options, name) => {
    expect(setUp(options).web.sessionCookieName).toBe(name)
  })

  it('survives a sink that throws', async () => {
    const sink = () => {
      throw new Error('sink')
    }
    const { web } = setUp({ events: [sink] })
    const exchange = follow(web, null, ['https://mjr.example/', { method: 'POST' }])
    expect(await web.csrfGuard(exchange)).toMatchObject({ status: 403 })
  })

  it('takes a form that breaks off for one that cannot be read', async () => {
    const { web } = setUp()
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('csrf_token='))
        controller.error(new Error('the client hung up'))
      },
    })
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: 'https://mjr.example',
    }
    const init = { method: 'POST', body, headers, duplex: 'half' as const }
    const exchange = web.open(new Request('https://mjr.example/', init), null)
    expect(await web.csrfGuard(exchange)).toMatchObject({ status: 400 })
    expect(await exchange.form()).toBeNull()
  })

  it('reads a form only before the route has', async () => {
    const { web } = setUp()
    const init = { method: 'POST', body: new URLSearchParams({ a: '1' }) }
    const request = new Request('https://mjr.example/', init)
    const exchange = web.open(request, null)
    expect((await exchange.form())?.get('a')).toBe('1')
    expect(exchange.request).toBe(request)
    expect(await request.text()).toBe('a=1')
    expect((await exchange.form())?.get('a')).toBe('1')
    const read = new Request('https://mjr.example/', init)
    await read.text()
    const late = web.open(read, null)
    await expect(late.form()).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

describe('bearerOrSession', () => {
  it('asks for a fresh session when told to', async () => {
    const { web, sessions } = setUp()
    const exchange = follow(web, await signedIn(web))
    const verifyBearer = async () => null
    const before = await web.bearerOrSession(exchange, { verifyBearer })
    await sessions.revokeAllForUser('ada', { reason: 'password-changed' })
    const remembered = await web.bearerOrSession(exchange, { verifyBearer })
    expect([before, remembered]).toMatchObject([{ by: 'session' }, { by: 'session' }])
    const fresh = await web.bearerOrSession(exchange, { verifyBearer, fresh: true })
    expect(fresh).toMatchObject({ status: 401 })
  })
})

describe('the https guard', () => {
  const plain = (path: string, init: RequestInit = {}) =>
    [`http://evil.example${path}`, init] as const

  it('redirects reads of pages to the configured origin', async () => {
    const { web } = setUp()
    for (const method of ['GET', 'HEAD']) {
      const response = await web.requireHttps(follow(web, null, plain('//a/b?c', { method })))
      expect(response?.status).toBe(308)
      expect(response?.headers.get('location')).toBe('https://mjr.example//a/b?c')
    }
  })

  it('refuses the API, and what changes something', async () => {
    const { web } = setUp()
    for (const request of [plain('/api/urls'), plain('/login', { method: 'POST' })]) {
      expect((await web.requireHttps(follow(web, null, request)))?.status).toBe(403)
    }
  })

  it('knows the API under every spelling of its path', async () => {
    const { web } = setUp()
    for (const path of ['/%61pi/urls', '/api%2Furls', '/x/../api/urls']) {
      expect((await web.requireHttps(follow(web, null, plain(path))))?.status).toBe(403)
    }
    expect((await web.requireHttps(follow(web, null, plain('/%ff'))))?.status).toBe(308)
  })

  it('believes no X-Forwarded-Proto of a stranger', async () => {
    const { web } = setUp()
    const forged = { headers: { 'X-Forwarded-Proto': 'https' } }
    expect((await web.requireHttps(follow(web, null, plain('/', forged))))?.status).toBe(308)
  })

  it('lets https pass, and everything in the development profile', async () => {
    const { web } = setUp()
    expect(await web.requireHttps(follow(web, null))).toBeNull()
    const development = setUp({ baseUrl: 'http://localhost:8080' }).web
    expect(await development.requireHttps(follow(development, null, plain('/')))).toBeNull()
  })
})

describe('the redirect to baseUrl', () => {
  const { web } = setUp({ baseUrl: 'http://localhost:8080' })
  const ask = (url: string, method = 'GET') => web.redirectToBaseUrl(new Request(url, { method }))

  it('takes visitors of other loopback names along, with path and query', () => {
    for (const host of ['127.0.0.1:8080', '[::1]:8080', '127.0.0.2', 'localhost:9090']) {
      const response = ask(`http://${host}/a?b=1`)
      expect(response?.status).toBe(307)
      expect(response?.headers.get('location')).toBe('http://localhost:8080/a?b=1')
    }
  })

  it('leaves everything else alone', () => {
    expect(ask('http://localhost:8080/a')).toBeNull()
    expect(ask('http://evil.example/a')).toBeNull()
    expect(ask('http://127.0.0.1:8080/a', 'POST')).toBeNull()
    const production = setUp().web
    expect(production.redirectToBaseUrl(new Request('http://127.0.0.1/'))).toBeNull()
  })
})

describe('the development profile', () => {
  it('has cookies of other names, without Secure', async () => {
    const { web } = setUp({ baseUrl: 'http://localhost:8080' })
    const exchange = await signedIn(web)
    expect(setCookies(exchange)[0]).toMatch(
      /^session-dev=[\w.-]{66}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(await follow(web, exchange).session()).toMatchObject({ userId: 'ada' })
  })
})

describe('requireSession', () => {
  it('keeps the cookie of a session that is refused for its address only', async () => {
    const { web } = setUp({}, { ipAddressCheck: 'strict' })
    const cookie = setCookies(await signedIn(web))[0]?.split(';')[0] ?? ''
    const request = new Request('https://mjr.example/a', { headers: { Cookie: cookie } })
    const elsewhere = web.open(request, '198.51.100.1')
    expect(await web.requireSession(elsewhere)).toMatchObject({ status: 303 })
    expect(setCookies(elsewhere)).toEqual([])
  })

  it('leaves alone the cookie that a sign-in meanwhile has set', async () => {
    const { web } = setUp()
    const before = await signedIn(web)
    const slow = follow(web, before)
    await follow(web, before).signIn({ userId: 'ada' })
    const answer = await web.requireSession(slow)
    expect(answer instanceof Response && answer.headers.get('location')).toContain(
      'session_expired',
    )
    expect(setCookies(slow)).toEqual([])
  })

  it('never sends to another site, whatever the path says', async () => {
    const { web } = setUp()
    for (const path of ['//evil.example', '/\\evil.example', '/.//evil.example', '/%09/evil']) {
      const answer = await web.requireSession(follow(web, null, [`https://mjr.example${path}`]))
      expect(answer instanceof Response && answer.headers.get('location')).toBe('/login?next=%2F')
    }
  })

  it('lets the app dress its refusals', async () => {
    const { web } = setUp()
    const request = new Request('https://mjr.example/api/a')
    const exchange = web.open(request, null, ({ status, code, kind }) =>
      Response.json({ code, kind, request_id: 'r1' }, { status }),
    )
    const answer = await web.requireSession(exchange)
    const body = answer instanceof Response ? await answer.json() : null
    expect(body).toEqual({ code: 'sign_in_required', kind: 'api', request_id: 'r1' })
  })
})

describe('a store that fails', () => {
  const failure = new SessionError('store-unavailable', 'told to fail by the test')

  async function failing() {
    const { web, sessions } = setUp()
    const signed = await signedIn(web)
    const broken: Sessions<Data> = { ...sessions, verify: () => Promise.reject(failure) }
    const options = { baseUrl: 'https://mjr.example', keys: [key] }
    const origin = { Origin: 'https://mjr.example', 'Content-Type': 'application/json' }
    const init = { method: 'POST', headers: { ...origin, 'X-CSRF-Token': 'x' } }
    const exchange = follow(createWebSessions(broken, options), signed, [
      'https://mjr.example/',
      init,
    ])
    return { web: createWebSessions(broken, options), exchange }
  }

  it('is answered by every guard with 503 and Retry-After, the cookie kept', async () => {
    const { web, exchange } = await failing()
    const answers = [
      await web.requireSession(exchange),
      await web.optionalSession(exchange),
      await web.csrfGuard(exchange),
      await web.bearerOrSession(exchange, { verifyBearer: async () => null }),
      await web.respondToFailure(exchange, failure),
    ]
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 503 })
      expect(answer instanceof Response && answer.headers.get('Retry-After')).toBe('5')
    }
    expect(setCookies(exchange)).toEqual([])
  })

  it('is the only error that guards answer for', async () => {
    const { web } = setUp()
    const headers = { Authorization: 'Bearer x' }
    const exchange = follow(web, null, ['https://mjr.example/', { headers }])
    const verifyBearer = () => Promise.reject(new TypeError('a bug'))
    const thrown = web.bearerOrSession(exchange, { verifyBearer })
    await expect(thrown).rejects.toThrow(TypeError)
  })
})

describe('respondToFailure', () => {
  it('answers for the store and for nothing else', async () => {
    const { web, sessions } = setUp()
    const exchange = follow(web, null)
    expect(await web.respondToFailure(exchange, new Error('other'))).toBeNull()
    await sessions.close()
    const closed = await sessions.verify('x').catch((error: unknown) => error)
    expect(await web.respondToFailure(exchange, closed)).toBeNull()
  })
})
