import { describe, expect, it } from 'vitest'
import {
  type Data,
  key,
  openNextExchange,
  setUp,
  signedIn,
} from '../../../test/support/open-web-sessions.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { createWebSessions } from '../create-web-sessions.ts'

describe('exchange state', () => {
  it('is verified again once with skipCache, but never after an own operation', async () => {
    const { web, sessions } = setUp()
    const skipped: (boolean | undefined)[] = []
    const options = { baseUrl: 'https://mjr.example', keys: [key] }
    const spied: Sessions<Data> = {
      ...sessions,
      verify(token, client, options) {
        skipped.push(options?.skipCache)
        return sessions.verify(token, client, options)
      },
    }
    const signed = await signedIn(web)
    const exchange = openNextExchange(createWebSessions(spied, options), signed)
    for (const skipCache of [undefined, true, true, false, undefined]) {
      const options = skipCache === undefined ? undefined : { skipCache }
      const verified = await exchange.verification(options)
      expect(verified.status).toBe('active')
    }
    expect(skipped).toEqual([undefined, true])
    const first = openNextExchange(createWebSessions(spied, options), signed)
    await first.verification({ skipCache: true })
    await first.session()
    expect(skipped).toEqual([undefined, true, true])
    const changing = openNextExchange(createWebSessions(spied, options), signed)
    const operations = [
      ['active', () => changing.signIn({ userId: 'ada' })],
      ['active', () => changing.rotate()],
    ] as const
    for (const [status, operation] of operations) {
      await operation()
      expect((await changing.verification({ skipCache: true })).status).toBe(status)
    }
    expect(skipped).toHaveLength(3)
    const signingOut = openNextExchange(web, await signedIn(web))
    await signingOut.signOut()
    expect(await signingOut.verification({ skipCache: true })).toMatchObject({ reason: 'no-token' })
  })

  it('uses the result of an uncached verification over an earlier one', async () => {
    const { web, sessions } = setUp()
    const signed = await signedIn(web)
    const exchange = openNextExchange(web, signed)
    const session = await exchange.session()
    if (session === null) throw new Error('no session')
    const token = await exchange.csrfToken()
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'ended-by-user', by: 'ada' })
    expect((await exchange.verification()).status).toBe('active')
    expect(await web.requireSession(exchange, { skipCache: true })).toMatchObject({ status: 303 })
    expect(await exchange.session()).toBeNull()
    expect(await exchange.matchesCsrfToken(token)).toBe(false)
    expect(await exchange.saveData({ theme: 'dark' })).toBeNull()
  })

  it('is anonymous without a store read if there is no cookie', async () => {
    const { web, sessions } = setUp()
    await sessions.close()
    expect(await openNextExchange(web, null).verification({ skipCache: true })).toMatchObject({
      status: 'none',
    })
  })

  it('reports a duplicate session cookie', async () => {
    const { web, events } = setUp()
    const headers = { Cookie: '__Host-session=a; __Host-session=b' }
    const exchange = web.open(new Request('https://mjr.example/', { headers }), null)
    expect(await exchange.verification()).toEqual({ status: 'none', reason: 'malformed' })
    expect(await exchange.verification({ skipCache: true })).toMatchObject({ reason: 'malformed' })
    expect(events).toMatchObject([{ type: 'token-rejected', reason: 'malformed' }])
  })

  it.each([
    [{}, '__Host-session'],
    [{ cookieName: 'id' }, '__Host-id'],
    [{ baseUrl: 'http://localhost:8080' }, 'session-dev'],
  ])('sessionCookieName is correct with %o', (options, name) => {
    expect(setUp(options).web.sessionCookieName).toBe(name)
  })
})
