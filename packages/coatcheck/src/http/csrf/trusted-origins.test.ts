import { describe, expect, it } from 'vitest'
import { openNextExchange, setCookies, setUp } from '../../../test/support/open-web-sessions.ts'

describe('trustedOrigins', () => {
  it('accepts https origins, and http origins on loopback names', () => {
    const origins = ['https://app.example', 'https://APP.example:8443/', 'http://localhost:5173']
    expect(() => setUp({ trustedOrigins: origins })).not.toThrow()
    expect(() => setUp({ trustedOrigins: ['http://app.localhost:1'] })).not.toThrow()
  })

  it('rejects everything but exact origins, and names the entry', () => {
    for (const origin of [
      'null',
      '*',
      '',
      'app.example',
      'https://*.app.example',
      'https://app.example/path',
      'https://app.example?a',
      'https://app.example#a',
      'https://ada:pw@app.example',
      'https://app.example:443',
      'https://app.example ',
      'file:///app',
      'chrome-extension://app',
    ]) {
      const create = () => setUp({ trustedOrigins: ['https://app.example', origin] })
      expect(create).toThrow(/^trustedOrigins\[1\] must be an origin/)
    }
    expect(() => setUp({ trustedOrigins: ['http://app.example'] })).toThrow(/must be https/)
    const untyped: object = { trustedOrigins: 'https://app.example' }
    expect(() => setUp(untyped)).toThrow(/^trustedOrigins must be a list/)
  })

  it('sends the cookie of anonymous visitors across sites if the session cookie is', async () => {
    for (const [sameSite, attribute] of [
      ['none', 'SameSite=None'],
      ['lax', 'SameSite=Lax'],
      ['strict', 'SameSite=Lax'],
    ] as const) {
      const exchange = openNextExchange(setUp({ sameSite }).web, null)
      await exchange.csrfToken()
      expect(setCookies(exchange)[0]).toContain(attribute)
    }
  })
})
