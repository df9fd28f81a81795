import { describe, expect, it } from 'vitest'
import {
  openNextExchange,
  setCookies,
  setUp,
  signedIn,
} from '../../test/support/open-web-sessions.ts'

describe('createWebSessions', () => {
  it('rejects invalid options by name', () => {
    const bad: readonly (readonly [string, Record<string, unknown>])[] = [
      ['baseUrl', { baseUrl: 'http://mjr.example' }],
      ['keys', { keys: [] }],
      ['keys', { keys: ['short'] }],
      ['cookieName', { cookieName: '__Host-session' }],
      ['sameSite', { sameSite: 'Lax' }],
      ['sameSite', { sameSite: 'none', baseUrl: 'http://localhost' }],
      ['trustedProxies', { trustedProxies: ['everyone'] }],
      ['signInPath', { signInPath: 'https://evil.example/login' }],
      ['signInPath', { signInPath: '//evil.example' }],
      ['apiPrefix', { apiPrefix: 'api' }],
    ]
    for (const [name, options] of bad) {
      const message = expect.stringMatching(new RegExp(`^${name}\\b`))
      expect(() => setUp(options)).toThrow(
        expect.objectContaining({ code: 'invalid-option', message }),
      )
    }
  })
})

describe('development profile', () => {
  it('uses different cookie names without Secure', async () => {
    const { web } = setUp({ baseUrl: 'http://localhost:8080' })
    const exchange = await signedIn(web)
    expect(setCookies(exchange)[0]).toMatch(
      /^session-dev=[\w.-]{66}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(await openNextExchange(web, exchange).session()).toMatchObject({ userId: 'ada' })
  })
})
