import type { OpenedBackend, SessionBackend, SessionEvent } from 'coatcheck'
import { SessionError } from 'coatcheck'
import { coatcheck, type HonoCoatcheckOptions } from 'coatcheck/hono'
import { memory } from 'coatcheck/memory'
import { signInForTest } from 'coatcheck/testing'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { describe, expect, it, vi } from 'vitest'

const key = 'a key of these tests, of 32 bytes or more'
const development = { baseUrl: 'http://localhost:3000', keys: [key] }

/** A backend whose opening can fail, and that counts. */
function openingBackend(failures: readonly Error[] = []) {
  const remaining = [...failures]
  const counts = { opened: 0, closed: 0 }
  const requests: unknown[] = []
  const inner = memory()
  const backend: SessionBackend = {
    async open(request): Promise<OpenedBackend> {
      counts.opened += 1
      requests.push(request)
      const failure = remaining.shift()
      if (failure !== undefined) throw failure
      const opened = await inner.open(request)
      return {
        ...opened,
        async close() {
          counts.closed += 1
        },
      }
    },
  }
  return { backend, counts, requests }
}

const unreachable = new SessionError('connection-refused', 'the server is down')

describe('two coatcheck() in one Hono app', () => {
  function twoSessions() {
    const users = coatcheck({ ...development, store: memory() })
    const admins = coatcheck({ ...development, store: memory(), cookieName: 'admin' })
    const errors: unknown[] = []
    const app = new Hono()
      .onError((error, c) => {
        errors.push(error)
        return c.body(null, 500)
      })
      .use(users.protect)
      .use('/admin/*', admins.protect)
      .get('/', users.requireSession, (c) => c.text(c.var.session.userId))
      .get('/admin/', admins.requireSession, (c) => c.text(c.var.session.userId))
      .get('/unprotected', admins.requireSession, (c) => c.text(c.var.session.userId))
    const get = (path: string, headers: Readonly<Record<string, string>>) =>
      app.request(`${development.baseUrl}${path}`, { headers })
    return { users, admins, get, errors }
  }

  it('accept on each route only the session of its own guard', async () => {
    const { users, admins, get } = twoSessions()
    const user = await signInForTest(users, { userId: 'ada' })
    const admin = await signInForTest(admins, { userId: 'root' })
    expect(await (await get('/', user.headers)).text()).toBe('ada')
    expect((await get('/admin/', user.headers)).status).toBe(303)
    expect(await (await get('/admin/', admin.headers)).text()).toBe('root')
    expect((await get('/', admin.headers)).status).toBe(303)
  })

  it('report a guard without its own protect as an error that says what to do', async () => {
    const { users, get, errors } = twoSessions()
    const { headers } = await signInForTest(users, { userId: 'ada' })
    expect((await get('/unprotected', headers)).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'invalid-argument' })])
    expect(String(errors[0])).toMatch(/use protect, or exchange, and the guards of one coatcheck/)
  })
})

describe('coatcheck', () => {
  it('reports a route without protect as an error that says what to do', async () => {
    const auth = coatcheck({ ...development, store: memory() })
    const app = new Hono()
      .onError((error, c) => c.text(error.message, 500))
      .get('/', auth.requireSession, (c) => c.text('reached'))
    expect(await (await app.request(development.baseUrl)).text()).toMatch(
      /register protect of coatcheck/,
    )
  })

  it('does no I/O at creation, opens once for parallel first uses, and closes what it opened', async () => {
    const { backend, counts } = openingBackend()
    const auth = coatcheck({ ...development, store: backend })
    expect(counts.opened).toBe(0)
    await Promise.all([
      auth.sessions.listForUser('ada'),
      auth.sessions.listForUser('ada'),
      auth.ready(),
    ])
    expect(counts).toEqual({ opened: 1, closed: 0 })
    await auth.close()
    await auth.close()
    expect(counts.closed).toBe(1)
    await expect(auth.ready()).rejects.toMatchObject({ code: 'closed' })
  })

  it('rejects with the reason if the store cannot be opened, and tries again at the next use', async () => {
    const events: SessionEvent[] = []
    const { backend, counts } = openingBackend([unreachable, unreachable])
    const auth = coatcheck({
      ...development,
      store: backend,
      events: [(event) => events.push(event)],
    })
    await expect(auth.ready()).rejects.toBe(unreachable)
    await expect(auth.sessions.listForUser('ada')).rejects.toBe(unreachable)
    expect(events).toMatchObject([{ type: 'store-failed', code: 'connection-refused' }])
    expect(await auth.sessions.listForUser('ada')).toEqual([])
    expect(counts.opened).toBe(3)
  })

  it('hides an error of a backend that is no SessionError, which may contain a password', async () => {
    const { backend } = openingBackend([new Error('postgres://ada:hunter2@db')])
    const opening = coatcheck({ ...development, store: backend }).ready()
    await expect(opening).rejects.toMatchObject({ code: 'store-unavailable' })
    await expect(opening).rejects.not.toThrow(/hunter2/)
  })

  it('closes a backend that is being opened', async () => {
    const { backend, counts } = openingBackend()
    const auth = coatcheck({ ...development, store: backend })
    const opening = auth.ready()
    await auth.close()
    await opening
    expect(counts).toEqual({ opened: 1, closed: 1 })
  })

  it.each<[Partial<HonoCoatcheckOptions<object>>, boolean | undefined, object]>([
    [{}, undefined, { migrate: true, channel: false }],
    [{}, true, { migrate: true, channel: true }],
    [{ cache: false, migrate: false }, true, { migrate: false, channel: false }],
    [{ cache: true }, undefined, { migrate: true, channel: true }],
    [{ cache: { maxEntries: 5 } }, undefined, { migrate: true, channel: true }],
  ])('with %o and a default of %s requests %o', async (options, cachesByDefault, request) => {
    const { backend, requests } = openingBackend()
    const store = cachesByDefault === undefined ? backend : { ...backend, cachesByDefault }
    const auth = coatcheck<object>({ ...development, ...options, store, data: { initial: {} } })
    await auth.ready()
    expect(requests).toEqual([request])
    expect(auth.sessions.cacheStatistics() === null).toBe(!Object(request).channel)
    await auth.close()
  })

  it('verifies from the cache once the backend is open', async () => {
    const auth = coatcheck({ ...development, store: memory(), cache: true })
    const signedIn = await auth.sessions.signIn({ userId: 'ada' })
    if (signedIn.status !== 'signed-in') throw new Error(signedIn.reason)
    await vi.waitFor(async () => {
      await auth.sessions.verify(signedIn.token)
      expect(auth.sessions.cacheStatistics()?.hits).toBeGreaterThan(0)
    })
    await auth.close()
  })

  it.each<[string, object, RegExp]>([
    [
      'an unknown option',
      { store: memory(), trustedProxys: [] },
      /^trustedProxys is not an option of coatcheck: did you mean trustedProxies\?/,
    ],
    ['no store', {}, /^store is missing: pass sqlite\('app\.db'\), postgres\(pool\) or memory\(\)/],
    ['a file name as the store', { store: 'app.db' }, /^store is a string: pass sqlite/],
    [
      'a wrong cache',
      { store: memory(), cache: { leaseDuraton: 5 } },
      /^cache\.leaseDuraton is not an option/,
    ],
    ['a wrong migrate', { store: memory(), migrate: 'yes' }, /^migrate must be true or false/],
    ['no key', { store: memory(), keys: [undefined] }, /^keys\[0\] is undefined/],
  ])('rejects %s', (_name, options, message) => {
    expect(() => coatcheck(Object({ ...development, ...options }))).toThrow(message)
  })
})

describe('protect for Hono', () => {
  it('gives templates the nonce and the CSRF field, unescaped', async () => {
    const auth = coatcheck({ ...development, store: memory() })
    const app = new Hono()
      .use(auth.protect)
      .get('/', (c) =>
        c.html(html`<form>${c.var.csrfField()}</form><script nonce="${c.var.nonce}"></script>`),
      )
    const response = await app.request('http://localhost:3000/')
    const body = await response.text()
    expect(body).toMatch(/^<form><input type="hidden" name="csrf_token" value="[\w-]+"><\/form>/)
    const [, nonce = ''] = /nonce="([^"]+)"/.exec(body) ?? []
    expect(response.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`)
  })

  it('throws if a template without promises contains the CSRF field', async () => {
    const auth = coatcheck({ ...development, store: memory() })
    const app = new Hono()
      .use(auth.protect)
      .get('/', (c) => c.html(`<form>${c.var.csrfField()}</form>`))
      .onError(({ message }, c) => c.text(message, 500))
    const response = await app.request('http://localhost:3000/')
    expect(await response.text()).toMatch(/^csrfField\(\) returns a promise: await it/)
  })

  it('sets headers by the path, and keeps those of the route', async () => {
    const auth = coatcheck({ ...development, store: memory() })
    const app = new Hono()
      .use(auth.protect)
      .get('/api/me', (c) => c.json({}))
      .get('/public', (c) => c.text('', 200, { 'Cache-Control': 'public' }))
    const api = await app.request('http://localhost:3000/api/me')
    expect(api.headers.get('content-security-policy')).toContain('sandbox')
    const page = await app.request('http://localhost:3000/public')
    expect(page.headers.get('cache-control')).toBe('public')
    const missing = await app.request('http://localhost:3000/missing')
    expect([missing.status, missing.headers.get('x-frame-options')]).toEqual([404, 'DENY'])
  })

  it.each([
    ['503 for the default onError', undefined, 503],
    ['503 for an onError that responds 500', 500, 503],
    ['the response of an onError that responds otherwise', 418, 418],
  ] as const)('responds %s if the store fails', async (_name, status, expected) => {
    const { backend } = openingBackend(Array.from({ length: 9 }, () => unreachable))
    const auth = coatcheck({ ...development, store: backend, events: [] })
    const app = new Hono().use(auth.protect).get('/', async (c) => {
      c.header('X-Route', 'set')
      return c.json(await auth.sessions.listForUser('ada'))
    })
    const silenced = vi.spyOn(console, 'error').mockImplementation(() => {})
    if (status !== undefined) app.onError((_error, c) => c.text('handled', status))
    const response = await app.request('http://localhost:3000/')
    silenced.mockRestore()
    expect(response.status).toBe(expected)
    expect(response.headers.get('retry-after')).toBe(expected === 503 ? '5' : null)
    expect(response.headers.get('x-frame-options')).toBe('DENY')
  })

  it.each([
    ['an error of the CSRF guard', 500, { Origin: 'http://localhost:3000' }],
    ['a refused handshake', 403, { Origin: 'https://evil.example', Upgrade: 'websocket' }],
  ] as const)('sets security headers for %s too', async (_name, status, headers) => {
    const auth = coatcheck({ ...development, store: memory(), events: [] })
    const app = new Hono()
    app.use(async (c, next) => {
      // The CSRF guard cannot read a body that was read before.
      await c.req.raw.text()
      await next()
    })
    app.use(auth.protect)
    app.onError(() => new Response('failed', { status: 500 }))
    const body = new URLSearchParams({ csrf_token: 'x' })
    const response = await app.request('/', { method: 'POST', headers, body })
    expect(response.status).toBe(status)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  it('passes other errors to onError', async () => {
    const auth = coatcheck({ ...development, store: memory() })
    const app = new Hono().use(auth.protect).get('/', () => {
      throw new Error('of the route')
    })
    app.onError((error, c) => c.text(error.message, 500))
    const response = await app.request('http://localhost:3000/')
    expect([response.status, await response.text()]).toEqual([500, 'of the route'])
  })

  it('leads a form of a session that has ended to the sign-in page', async () => {
    const auth = coatcheck({ ...development, store: memory() })
    const signedIn = await auth.sessions.signIn({ userId: 'ada' })
    if (signedIn.status !== 'signed-in') throw new Error(signedIn.reason)
    const app = new Hono().use(auth.protect).post('/settings', (c) => c.text('saved'))
    const post = () =>
      app.request('http://localhost:3000/settings', {
        method: 'POST',
        body: new URLSearchParams({ csrf_token: 'of the ended session' }),
        headers: {
          Cookie: `session-dev=${signedIn.token}`,
          Origin: 'http://localhost:3000',
          Referer: 'http://localhost:3000/settings',
        },
      })
    expect((await post()).status).toBe(403)
    await auth.sessions.revokeAllForUser('ada', { reason: 'password-changed' })
    const response = await post()
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      '/login?error=session_expired&next=%2Fsettings',
    ])
  })

  it('lets API calls with a bearer token pass without a CSRF token, and no others', async () => {
    const auth = coatcheck({ ...development, store: memory() })
    const app = new Hono().use(auth.protect)
    app.post('/api/links', auth.bearerOrSession({ verifyBearer: async () => 'ada' }), (c) =>
      c.text('created'),
    )
    app.post('/links', (c) => c.text('created'))
    const post = (path: string, headers: Record<string, string>) =>
      app.request(`http://localhost:3000${path}`, { method: 'POST', headers })
    const bearer = { Authorization: 'Bearer token' }
    expect((await post('/api/links', bearer)).status).toBe(200)
    expect((await post('/api/links', { Authorization: 'Basic token' })).status).toBe(403)
    expect((await post('/links', bearer)).status).toBe(403)
    // A browser adds this by itself, with a user name that a page of another site can choose.
    const digest = { Authorization: 'Digest username="a\\", bearer b", realm="staging"' }
    expect((await post('/api/links', digest)).status).toBe(403)
  })

  it('opens one exchange if it is registered twice', async () => {
    const auth = coatcheck({ ...development, store: memory() })
    const inner = new Hono().use(auth.protect).get('/', (c) => c.text('inner'))
    const app = new Hono().use(auth.protect).route('/inner', inner)
    const response = await app.request('http://localhost:3000/inner')
    expect(await response.text()).toBe('inner')
  })
})

describe('a missing protect', () => {
  async function eventsOf(baseUrl: string, isProtected: boolean) {
    const events: SessionEvent[] = []
    const auth = coatcheck({
      ...development,
      baseUrl,
      store: memory(),
      events: [(event) => events.push(event)],
    })
    for (const method of ['GET', 'POST', 'POST']) {
      const request = new Request(`${baseUrl}/login`, { method })
      const exchange = auth.web.open(request, null)
      if (isProtected) {
        const app = new Hono().use(auth.protect).post('/login', (c) => c.text(''))
        await app.request(request)
      } else await exchange.signIn({ userId: 'ada' })
    }
    await auth.close()
    return events.filter(({ type }) => type === 'protection-missing')
  }

  it('is reported once, in development only, at the first unsafe request', async () => {
    expect(await eventsOf('http://localhost:3000', false)).toMatchObject([
      { method: 'POST', path: '/login' },
    ])
    expect(await eventsOf('https://app.example', false)).toEqual([])
    expect(await eventsOf('http://localhost:3000', true)).toEqual([])
  })

  type Auth = ReturnType<typeof coatcheck<Readonly<Record<never, never>>>>
  type Use = (auth: Auth, exchange: ReturnType<Auth['web']['open']>) => Promise<unknown>

  /** Whether it is reported for a POST with a session, a token and these uses. */
  async function isReported(...uses: readonly Use[]): Promise<boolean> {
    const events: string[] = []
    const auth = coatcheck({
      ...development,
      store: memory(),
      events: [({ type }) => events.push(type)],
    })
    const { headers } = await signInForTest(auth, { userId: 'ada' })
    const request = new Request(development.baseUrl, { method: 'POST', headers })
    const exchange = auth.web.open(request, null)
    for (const use of uses) await use(auth, exchange)
    await auth.close()
    return events.includes('protection-missing')
  }

  it.each<[string, Use]>([
    ['session', (_, exchange) => exchange.session()],
    ['verification', (_, exchange) => exchange.verification()],
    ['saveData', (_, exchange) => exchange.saveData({})],
    ['signOut', (_, exchange) => exchange.signOut()],
    [
      'acceptSignIn',
      async ({ sessions }, exchange) =>
        exchange.acceptSignIn(await sessions.signIn({ userId: 'ada' })),
    ],
    [
      'beginSignIn',
      (_, exchange) =>
        exchange.beginSignIn({ userId: 'ada', methods: ['pwd'], credentialsCheckedAt: 0 }),
    ],
    ['pendingSignIn', (_, exchange) => exchange.pendingSignIn()],
    ['attemptSignIn', (_, exchange) => exchange.attemptSignIn()],
    [
      'completeSignIn',
      (_, exchange) => exchange.completeSignIn({ methods: ['otp'] }).catch(() => {}),
    ],
    ['cancelSignIn', (_, exchange) => exchange.cancelSignIn()],
    ['requireSession', ({ web }, exchange) => web.requireSession(exchange)],
    ['optionalSession', ({ web }, exchange) => web.optionalSession(exchange)],
  ])('is reported for %s, and not after the CSRF guard', async (_name, use) => {
    expect(await isReported(use)).toBe(true)
    expect(await isReported(({ web }, exchange) => web.csrfGuard(exchange), use)).toBe(false)
  })

  it('is not reported for bearerOrSession, which contains the CSRF guard', async () => {
    const verifyBearer = async () => null
    const use: Use = ({ web }, exchange) => web.bearerOrSession(exchange, { verifyBearer })
    expect(await isReported(use)).toBe(false)
  })

  it('is not reported for a request that protect refuses or lets pass', async () => {
    const events: string[] = []
    const auth = coatcheck({
      ...development,
      store: memory(),
      events: [({ type }) => events.push(type)],
    })
    const { headers, csrfToken } = await signInForTest(auth, { userId: 'ada' })
    const app = new Hono()
      .use(auth.protect)
      .post('/', auth.requireSession, (c) => c.text('reached'))
    for (const [token, status] of [
      [csrfToken, 200],
      ['wrong', 403],
    ] as const) {
      const response = await app.request(development.baseUrl, {
        method: 'POST',
        headers: { ...headers, 'x-csrf-token': token },
      })
      expect(response.status).toBe(status)
    }
    expect(events).not.toContain('protection-missing')
  })
})

describe('the default events', () => {
  it('say on the console that a sign-in lacks the methods that the preset requires', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const options = { store: memory(), timeouts: { preset: 'aal2' } } as const
    const auth = coatcheck({ ...development, ...options })
    await auth.sessions.signIn({ userId: 'ada' })
    const lines = warn.mock.calls.flat()
    warn.mockRestore()
    expect(lines).toEqual([
      expect.stringMatching(/^\[coatcheck\] sign-in-blocked: .*preset.*methods/),
    ])
  })

  it('write failures to the console in one line, and nothing of normal operation', async () => {
    const lines: unknown[] = []
    const write = (line: unknown) => lines.push(line)
    const spies = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    for (const spy of spies) spy.mockImplementation(write)
    const { backend } = openingBackend([new SessionError('not-migrated', 'no table\nrun it')])
    const auth = coatcheck({ ...development, store: backend })
    await auth.sessions.listForUser('ada').catch(() => {})
    await auth.sessions.signIn({ userId: 'ada' })
    await auth.sessions.verify('malformed')
    for (const spy of spies) spy.mockRestore()
    expect(lines).toEqual(['[coatcheck] store-failed: not-migrated in listByUser. no table run it'])
  })
})
