import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { coatcheck } from '../frameworks/hono/coatcheck.ts'
import { createWebSessions } from '../http/create-web-sessions.ts'
import { createSessions } from '../index.ts'
import { memory } from '../memory.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { createFakeClock, signInForTest } from '../testing.ts'

/** An application as a test creates it: in memory, with a clock that the test moves. */
function openApp() {
  const clock = createFakeClock()
  const auth = coatcheck({
    store: memory(),
    baseUrl: 'http://localhost',
    keys: ['at least thirty-two bytes of test keys'],
    data: { initial: { visits: 0 } },
    clock,
  })
  const app = new Hono()
    .use(auth.protect)
    .get('/account', auth.requireSession, (c) => c.json(c.var.session))
    .post('/account', auth.requireSession, async (c) =>
      c.json(await c.var.exchange.saveData({ visits: 2 })),
    )
    .post('/password', auth.requireRecentAuthentication, (c) => c.text('changed'))
    .get('/reports', auth.requireAssurance({ level: 2 }), (c) => c.text('reports'))
  return { app, auth, clock }
}

describe('signInForTest', () => {
  it('signs a user in for requests without a socket', async () => {
    const { app, auth } = openApp()
    const { headers } = await signInForTest(auth, { userId: 'ada', data: { visits: 7 } })
    const response = await app.request('/account', { headers })

    expect(await response.json()).toMatchObject({ userId: 'ada', data: { visits: 7 } })
  })

  it('returns headers that pass the CSRF guard and the guard of sensitive operations', async () => {
    const { app, auth } = openApp()
    const { headers, session } = await signInForTest(auth, { userId: 'ada' })
    expect(session.data).toEqual({ visits: 0 })

    const saved = await app.request('/account', { method: 'POST', headers })
    expect([saved.status, await saved.json()]).toEqual([200, { visits: 2 }])
    expect((await app.request('/password', { method: 'POST', headers })).status).toBe(200)
  })

  it('signs a user in with methods, for routes that require a level', async () => {
    const { app, auth } = openApp()
    const { headers } = await signInForTest(auth, { userId: 'ada' })
    expect((await app.request('/reports', { headers })).status).toBe(303)
    const strong = await signInForTest(auth, { userId: 'ada', methods: ['pwd', 'otp'] })
    expect((await app.request('/reports', { headers: strong.headers })).status).toBe(200)
  })

  it('returns a token for the field of a form', async () => {
    const { app, auth } = openApp()
    const { cookie, csrfToken } = await signInForTest(auth, { userId: 'ada' })
    const headers = { cookie, origin: auth.web.origin }
    const body = new URLSearchParams({ csrf_token: csrfToken })

    expect((await app.request('/account', { method: 'POST', headers, body })).status).toBe(200)
    const withoutToken = new URLSearchParams({ visits: '1' })
    const refused = await app.request('/account', { method: 'POST', headers, body: withoutToken })
    expect(refused.status).toBe(403)
  })

  it('signs in at the time of the fake clock, which can end the session', async () => {
    const { app, auth, clock } = openApp()
    const { headers } = await signInForTest(auth, { userId: 'ada' })
    clock.advance(31 * 60_000)

    const response = await app.request('/account', { headers })
    expect(response.headers.get('location')).toBe('/login?error=session_expired&next=%2Faccount')
  })

  it('of a remembered user survives the idle timeout', async () => {
    const { app, auth, clock } = openApp()
    const { headers } = await signInForTest(auth, { userId: 'ada', remember: true })
    clock.advance(31 * 60_000)

    expect((await app.request('/account', { headers })).status).toBe(200)
  })

  it('throws if the sign-in is refused', async () => {
    const store = createMemorySessionStore()
    const limits = { maxSessionsPerUser: 1, whenFull: 'refuse' } as const
    const sessions = createSessions({ store, data: { initial: {} }, ...limits })
    const keys = ['at least thirty-two bytes of test keys']
    const auth = { web: createWebSessions(sessions, { baseUrl: 'http://localhost', keys }) }
    await signInForTest(auth, { userId: 'ada' })

    await expect(signInForTest(auth, { userId: 'ada' })).rejects.toThrow('session-cap')
  })

  it('works in node:test, without vitest', async () => {
    const program = new URL('../../test/support/sign-in.node-test.ts', import.meta.url).pathname
    // Node before 22.18 needs the flag for TypeScript.
    const args = ['--experimental-strip-types', '--test', program]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(stdout).toMatch(/pass 1\n/)
  })
})
