import { describe, expect, it } from 'vitest'
import { openNextExchange, setUp, signedIn } from '../../test/support/open-web-sessions.ts'

describe('bearerOrSession', () => {
  it('asks for a fresh session when told to', async () => {
    const { web, sessions } = setUp()
    const exchange = openNextExchange(web, await signedIn(web))
    const verifyBearer = async () => null
    const before = await web.bearerOrSession(exchange, { verifyBearer })
    await sessions.revokeAllForUser('ada', { reason: 'password-changed' })
    const cached = await web.bearerOrSession(exchange, { verifyBearer })
    expect([before, cached]).toMatchObject([{ credential: 'session' }, { credential: 'session' }])
    const fresh = await web.bearerOrSession(exchange, { verifyBearer, fresh: true })
    expect(fresh).toMatchObject({ status: 401 })
  })
})
