import { describe, expect, it } from 'vitest'
import { createWebSecurity } from './create-web-security.ts'

const baseUrl = 'https://mjr.example'

describe('createWebSecurity', () => {
  it('rejects invalid options by name', () => {
    const options = [
      ['baseUrl', { baseUrl: 'http://mjr.example' }],
      ['apiPrefix', { baseUrl, apiPrefix: 'api' }],
      ['cspReportPath', { baseUrl, cspReportPath: '//evil.example' }],
    ] as const
    for (const [name, invalid] of options) {
      const message = expect.stringMatching(new RegExp(`^${name} `))
      expect(() => createWebSecurity(invalid)).toThrow(
        expect.objectContaining({ code: 'invalid-option', message }),
      )
    }
  })

  it('creates a new nonce of 16 bytes at each call', () => {
    const security = createWebSecurity({ baseUrl })
    expect(security.createNonce()).toMatch(/^[A-Za-z0-9+/]{22}==$/)
    expect(security.createNonce()).not.toBe(security.createNonce())
  })
})
