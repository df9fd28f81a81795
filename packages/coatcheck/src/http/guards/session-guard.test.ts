import { describe, expect, it } from 'vitest'
import {
  openNextExchange,
  setCookies,
  setUp,
  signedIn,
} from '../../../test/support/open-web-sessions.ts'

const locationOf = (answer: unknown) =>
  answer instanceof Response ? answer.headers.get('location') : null

describe('requireSession', () => {
  it('keeps the cookie of a session that is refused only for its IP address', async () => {
    const { web } = setUp({}, { ipAddressCheck: 'strict' })
    const cookie = setCookies(await signedIn(web))[0]?.split(';')[0] ?? ''
    const request = new Request('https://mjr.example/a', { headers: { Cookie: cookie } })
    const otherAddress = web.open(request, '198.51.100.1')
    expect(await web.requireSession(otherAddress)).toMatchObject({ status: 303 })
    expect(setCookies(otherAddress)).toEqual([])
  })

  it('does not expire the cookie that a concurrent sign-in has set', async () => {
    const { web } = setUp()
    const before = await signedIn(web)
    const slowExchange = openNextExchange(web, before)
    await openNextExchange(web, before).signIn({ userId: 'ada' })
    const answer = await web.requireSession(slowExchange)
    expect(answer instanceof Response && answer.headers.get('location')).toContain(
      'session_expired',
    )
    expect(setCookies(slowExchange)).toEqual([])
  })

  it('lets a browser whose secret was just replaced repeat the request once, not without end', async () => {
    const { web } = setUp()
    const before = await signedIn(web)
    await openNextExchange(web, before).rotate()
    const url = 'https://mjr.example/a?b=c'
    const [session] = setCookies(before)
    const first = openNextExchange(web, before, [url])
    expect(locationOf(await web.requireSession(first))).toBe('/a?b=c')

    const cookies = [session, ...setCookies(first)].map((each) => each?.split(';')[0]).join('; ')
    const second = web.open(new Request(url, { headers: { Cookie: cookies } }), '203.0.113.7')
    expect(locationOf(await web.requireSession(second))).toBe('/login?next=%2Fa%3Fb%3Dc')
  })

  it('never redirects to another site, for any path', async () => {
    const { web } = setUp()
    for (const path of ['//evil.example', '/\\evil.example', '/.//evil.example', '/%09/evil']) {
      const answer = await web.requireSession(
        openNextExchange(web, null, [`https://mjr.example${path}`]),
      )
      expect(answer instanceof Response && answer.headers.get('location')).toBe('/login?next=%2F')
    }
  })

  it("renders refusals with the app's responder", async () => {
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

describe('bearerOrSession', () => {
  it('reads the store instead of the cache with skipCache', async () => {
    const { web, sessions } = setUp()
    const exchange = openNextExchange(web, await signedIn(web))
    const verifyBearer = async () => null
    const before = await web.bearerOrSession(exchange, { verifyBearer })
    await sessions.revokeAllForUser('ada', { reason: 'password-changed' })
    const cached = await web.bearerOrSession(exchange, { verifyBearer })
    expect([before, cached]).toMatchObject([{ credential: 'session' }, { credential: 'session' }])
    const uncached = await web.bearerOrSession(exchange, { verifyBearer, skipCache: true })
    expect(uncached).toMatchObject({ status: 401 })
  })
})
