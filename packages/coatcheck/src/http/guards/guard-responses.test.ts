import { describe, expect, it } from 'vitest'
import {
  type Data,
  key,
  openNextExchange,
  setCookies,
  setUp,
  signedIn,
} from '../../../test/support/open-web-sessions.ts'
import { SessionError } from '../../domain/errors.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { createWebSessions } from '../create-web-sessions.ts'

describe('failing store', () => {
  const failure = new SessionError('store-unavailable', 'planned failure')

  async function failing() {
    const { web, sessions } = setUp()
    const signed = await signedIn(web)
    const broken: Sessions<Data> = { ...sessions, verify: () => Promise.reject(failure) }
    const options = { baseUrl: 'https://mjr.example', keys: [key] }
    const origin = { Origin: 'https://mjr.example', 'Content-Type': 'application/json' }
    const init = { method: 'POST', headers: { ...origin, 'X-CSRF-Token': 'x' } }
    const brokenWeb = createWebSessions(broken, options)
    const exchange = openNextExchange(brokenWeb, signed, ['https://mjr.example/', init])
    return { web: brokenWeb, exchange }
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
    const { web } = setUp()
    const exchange = openNextExchange(web, null)
    const others = [new Error('other'), new SessionError('invalid-argument', 'misuse')]
    for (const error of others) expect(await web.respondToFailure(exchange, error)).toBeNull()
  })

  it.each([
    'not-migrated',
    'missing-privilege',
    'read-only',
    'wrong-column-type',
    'connection-refused',
    'store-unavailable',
    'closed',
  ] as const)('responds 503 with Retry-After to %s', async (code) => {
    const { web } = setUp()
    const error = new SessionError(code, 'planned failure')
    const response = await web.respondToFailure(openNextExchange(web, null), error)
    expect([response?.status, response?.headers.get('Retry-After')]).toEqual([503, '5'])
  })
})
