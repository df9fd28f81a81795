import { describe, expect, it } from 'vitest'
import {
  type Data,
  key,
  openNextExchange,
  setCookies,
  setUp,
  signedIn,
} from '../../test/support/open-web-sessions.ts'
import { SessionError } from '../domain/errors.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { createWebSessions } from './create-web-sessions.ts'

describe('failing store', () => {
  const failure = new SessionError('store-unavailable', 'planned failure')

  async function failing() {
    const { web, sessions } = setUp()
    const signed = await signedIn(web)
    const broken: Sessions<Data> = { ...sessions, verify: () => Promise.reject(failure) }
    const options = { baseUrl: 'https://mjr.example', keys: [key] }
    const origin = { Origin: 'https://mjr.example', 'Content-Type': 'application/json' }
    const init = { method: 'POST', headers: { ...origin, 'X-CSRF-Token': 'x' } }
    const exchange = openNextExchange(createWebSessions(broken, options), signed, [
      'https://mjr.example/',
      init,
    ])
    return { web: createWebSessions(broken, options), exchange }
  }

  it('makes every guard respond 503 with Retry-After and keep the cookie', async () => {
    const { web, exchange } = await failing()
    const responses = [
      await web.requireSession(exchange),
      await web.optionalSession(exchange),
      await web.csrfGuard(exchange),
      await web.bearerOrSession(exchange, { verifyBearer: async () => null }),
      await web.respondToFailure(exchange, failure),
    ]
    for (const response of responses) {
      expect(response).toMatchObject({ status: 503 })
      expect(response instanceof Response && response.headers.get('Retry-After')).toBe('5')
    }
    expect(setCookies(exchange)).toEqual([])
  })

  it('is the only error that guards respond to', async () => {
    const { web } = setUp()
    const headers = { Authorization: 'Bearer x' }
    const exchange = openNextExchange(web, null, ['https://mjr.example/', { headers }])
    const verifyBearer = () => Promise.reject(new TypeError('a bug'))
    const thrown = web.bearerOrSession(exchange, { verifyBearer })
    await expect(thrown).rejects.toThrow(TypeError)
  })
})

describe('respondToFailure', () => {
  it('responds to store failures only', async () => {
    const { web, sessions } = setUp()
    const exchange = openNextExchange(web, null)
    expect(await web.respondToFailure(exchange, new Error('other'))).toBeNull()
    await sessions.close()
    const closed = await sessions.verify('x').catch((error: unknown) => error)
    expect(await web.respondToFailure(exchange, closed)).toBeNull()
  })
})
