import { describe, expect, it } from 'vitest'
import {
  openNextExchange,
  setCookies,
  setUp,
  signedIn,
} from '../../../test/support/open-web-sessions.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'

describe('exchange operations', () => {
  it('keeps the token and CSRF secret out of results', async () => {
    const { web } = setUp()
    const exchange = openNextExchange(web, null)
    const signedIn = await exchange.signIn({ userId: 'ada' })
    const rotated = await exchange.rotate()
    expect([Object.keys(signedIn), Object.keys(rotated)]).toEqual([
      ['status', 'session'],
      ['status', 'session'],
    ])
  })

  it('sets the cookie of a sign-in in a transaction of the app, and ends the session before', async () => {
    const { web, sessions } = setUp()
    const before = await signedIn(web)
    const previous = await before.session()
    const exchange = openNextExchange(web, before)
    const outcome = await sessions.signIn({ userId: 'eve', client: exchange.client })

    const accepted = await exchange.acceptSignIn(outcome)
    expect(Object.keys(accepted)).toEqual(['status', 'session'])
    expect((await exchange.session())?.userId).toBe('eve')
    expect((await openNextExchange(web, exchange).session())?.userId).toBe('eve')
    expect(await sessions.listForUser(previous?.userId ?? '')).toEqual([])
  })

  it('ends a session of a too low level, by a sign-in in a transaction of the app or a sign-out', async () => {
    const store = createMemorySessionStore()
    const { web, sessions } = setUp({}, { store, timeouts: { preset: 'aal2' } })
    for (const operation of ['acceptSignIn', 'signOut'] as const) {
      const before = await signedIn(setUp({}, { store }).web)
      const exchange = openNextExchange(web, before)
      const outcome = await sessions.signIn({ userId: 'eve', methods: ['swk', 'mfa'] })
      await (operation === 'signOut' ? exchange.signOut() : exchange.acceptSignIn(outcome))
      expect(await sessions.listForUser((await before.session())?.userId ?? '')).toEqual([])
    }
  })

  it('keeps the session and the cookie if a sign-in in a transaction was refused', async () => {
    const { web } = setUp()
    const exchange = openNextExchange(web, await signedIn(web))
    const refused = { status: 'refused', reason: 'credentials-outdated' } as const
    expect(await exchange.acceptSignIn(refused)).toEqual(refused)
    expect(await exchange.session()).not.toBeNull()
    expect(setCookies(exchange)).toEqual([])
  })

  it('sets Max-Age of a remembered cookie to the remaining absolute timeout', async () => {
    const { web, clock } = setUp()
    const first = await signedIn(web, true)
    expect(setCookies(first)[0]).toMatch(/; Max-Age=2592000$/)
    clock.advance(10 * 24 * 3_600_000 + 1)
    const second = openNextExchange(web, first)
    expect((await second.rotate()).status).toBe('rotated')
    expect(setCookies(second)[0]).toMatch(/; Max-Age=1728000$/)
  })

  it('limits Max-Age to 400 days', async () => {
    const day = 24 * 3_600_000
    const timeouts = { rememberedAbsolute: 400 * day, rememberedIdle: 400 * day }
    const { web } = setUp({ clock: { now: () => 0 } }, { timeouts })
    expect(setCookies(await signedIn(web, true))[0]).toMatch(/; Max-Age=34560000$/)
  })

  it('refuses to rotate without a session and with a replaced token', async () => {
    const { web } = setUp()
    expect(await openNextExchange(web, null).rotate()).toEqual({ status: 'refused' })
    const first = await signedIn(web)
    const [one, two] = [openNextExchange(web, first), openNextExchange(web, first)]
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
    expect(await openNextExchange(web, exchange).session()).toMatchObject({ userId: 'ada' })
  })

  it('saves data and exposes it immediately', async () => {
    const { web } = setUp()
    const exchange = await signedIn(web)
    expect(await exchange.saveData({ theme: 'dark' })).toEqual({ theme: 'dark' })
    expect((await exchange.session())?.data).toEqual({ theme: 'dark' })
    expect((await openNextExchange(web, exchange).session())?.data).toEqual({ theme: 'dark' })
    expect(await openNextExchange(web, null).saveData({ theme: 'dark' })).toBeNull()
  })

  it('has no session after signing out and a new one after signing in', async () => {
    const { web } = setUp()
    const exchange = openNextExchange(web, await signedIn(web))
    const before = await exchange.csrfToken()
    await exchange.signOut()
    expect(await exchange.verification()).toEqual({ status: 'none', reason: 'no-token' })
    expect(await exchange.matchesCsrfToken(before)).toBe(false)
    await exchange.signIn({ userId: 'grace' })
    expect((await exchange.session())?.userId).toBe('grace')
    expect(await exchange.matchesCsrfToken(await exchange.csrfToken())).toBe(true)
  })

  it('ends a session at sign-out even if the client check refuses it', async () => {
    const { web } = setUp({}, { ipAddressCheck: 'strict' })
    const first = await signedIn(web)
    const cookie = setCookies(first)[0]?.split(';')[0] ?? ''
    const init = { headers: { Cookie: cookie } }
    const otherAddress = web.open(new Request('https://mjr.example/', init), '198.51.100.1')
    await otherAddress.signOut()
    expect(await openNextExchange(web, first).verification()).toMatchObject({
      reason: 'signed-out',
    })
  })

  it('ends a session at sign-out even if its level is too low', async () => {
    const store = createMemorySessionStore()
    const weak = setUp({}, { store })
    const { web } = setUp({}, { store, timeouts: { preset: 'aal2' } })
    const first = await signedIn(weak.web)
    const exchange = openNextExchange(web, first)
    expect(await exchange.verification()).toMatchObject({ reason: 'assurance-too-low' })
    await exchange.signOut()
    expect(await openNextExchange(weak.web, first).verification()).toMatchObject({
      reason: 'signed-out',
    })
  })

  it('does not end a session at sign-out by its id alone', async () => {
    const { web } = setUp({}, { ipAddressCheck: 'strict' })
    const first = await signedIn(web)
    const token = /=([^;]+)/.exec(setCookies(first)[0] ?? '')?.[1] ?? ''
    const init = { headers: { Cookie: `__Host-session=${token.slice(0, 23)}${'A'.repeat(43)}` } }
    await web.open(new Request('https://mjr.example/', init), '198.51.100.1').signOut()
    expect(await openNextExchange(web, first).session()).toMatchObject({ userId: 'ada' })
  })

  it('invalidates earlier CSRF tokens at sign-in', async () => {
    const { web } = setUp()
    const form = openNextExchange(web, null)
    const anonymous = await form.csrfToken()
    const exchange = openNextExchange(web, form)
    expect(await exchange.matchesCsrfToken(anonymous)).toBe(true)
    await exchange.signIn({ userId: 'ada' })
    expect(await exchange.matchesCsrfToken(anonymous)).toBe(false)
    await exchange.signOut()
    expect(await exchange.matchesCsrfToken(anonymous)).toBe(false)
  })
})
