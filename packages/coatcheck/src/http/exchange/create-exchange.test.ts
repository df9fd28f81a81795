import { describe, expect, it } from 'vitest'
import { openNextExchange, setUp, signedIn } from '../../../test/support/open-web-sessions.ts'

describe('exchange', () => {
  it('exposes the client IP address behind a proxy and truncates the user agent', () => {
    const { web } = setUp({ trustedProxies: ['10.0.0.0/8'] })
    const headers = { 'User-Agent': 'x'.repeat(600), 'X-Forwarded-For': '198.51.100.1' }
    const request = new Request('https://mjr.example/', { headers })
    const client = { ipAddress: '198.51.100.1', userAgent: 'x'.repeat(512) }
    expect(web.open(request, '10.0.0.1').client).toEqual(client)
    expect(web.open(request, null).client.ipAddress).toBeNull()
    expect(web.open(new Request('https://mjr.example/'), null).client.userAgent).toBeNull()
  })

  it('rejects operations that set a cookie after the headers were sent', async () => {
    const { web, sessions } = setUp()
    const exchange = await signedIn(web)
    exchange.responseHeaders()
    const rejection = { code: 'invalid-argument' }
    await expect(exchange.signIn({ userId: 'eve' })).rejects.toMatchObject(rejection)
    await expect(exchange.signOut()).rejects.toMatchObject(rejection)
    await expect(exchange.rotate()).rejects.toMatchObject(rejection)
    expect(await sessions.listForUser('eve')).toEqual([])
    expect(await sessions.listForUser('ada')).toHaveLength(1)
    const anonymous = openNextExchange(web, null)
    anonymous.responseHeaders()
    await expect(anonymous.csrfToken()).rejects.toMatchObject(rejection)
    await expect(anonymous.flash({ kind: 'a', message: '' })).rejects.toMatchObject(rejection)
  })

  it('ignores errors thrown by an event sink', async () => {
    const sink = () => {
      throw new Error('sink')
    }
    const { web } = setUp({ events: [sink] })
    const exchange = openNextExchange(web, null, ['https://mjr.example/', { method: 'POST' }])
    expect(await web.csrfGuard(exchange)).toMatchObject({ status: 403 })
  })

  it('is rejected by the guards of other sessions, whose user it does not have', async () => {
    const exchange = await signedIn(setUp().web)
    const { web } = setUp()
    const verifyBearer = async () => null
    const guards = {
      requireSession: () => web.requireSession(exchange),
      requireRecentAuthentication: () => web.requireRecentAuthentication(exchange),
      optionalSession: () => web.optionalSession(exchange),
      csrfGuard: () => web.csrfGuard(exchange),
      bearerOrSession: () => web.bearerOrSession(exchange, { verifyBearer }),
    }
    for (const [name, guard] of Object.entries(guards)) {
      await expect(guard(), name).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })
})
