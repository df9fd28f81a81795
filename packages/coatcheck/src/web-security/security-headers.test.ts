import { describe, expect, it } from 'vitest'
import { createWebSecurity } from './create-web-security.ts'
import type { HeaderOverrides } from './security-headers.ts'

const security = createWebSecurity({ baseUrl: 'https://mjr.example' })
const pageHeaders = (overrides?: HeaderOverrides) =>
  Object.fromEntries(security.pageHeaders('R', overrides))
const apiHeaders = (overrides?: HeaderOverrides) =>
  Object.fromEntries(security.apiHeaders(overrides))

describe('security headers', () => {
  it('has exactly these headers for a page', () => {
    expect(pageHeaders()).toEqual({
      'Content-Security-Policy':
        "default-src 'none'; script-src 'nonce-R' 'strict-dynamic'; style-src 'self' 'nonce-R'; " +
        "img-src 'self' data:; font-src 'self'; manifest-src 'self'; connect-src 'self'; form-action 'self'; " +
        "base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
      'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'strict-origin-when-cross-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Permissions-Policy':
        'camera=(), microphone=(), geolocation=(), usb=(), payment=(), ' +
        'publickey-credentials-get=(self), publickey-credentials-create=(self)',
      'X-Frame-Options': 'DENY',
      'Cache-Control': 'no-store',
      Vary: 'Sec-Fetch-Site, Origin',
    })
  })

  it('has exactly these headers for the API', () => {
    expect(apiHeaders()).toEqual({
      'Content-Security-Policy':
        "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; sandbox",
      'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
      Vary: 'Origin',
    })
  })

  it('replaces, adds and omits single headers', () => {
    const overrides = { 'Referrer-Policy': 'strict-origin', 'X-Robots-Tag': 'noindex', Vary: null }
    for (const headersWith of [pageHeaders, apiHeaders]) {
      const { Vary: _, ...defaults } = headersWith()
      expect(headersWith(overrides)).toEqual({
        ...defaults,
        'Referrer-Policy': 'strict-origin',
        'X-Robots-Tag': 'noindex',
      })
    }
  })

  it('sets HSTS over https only', () => {
    const development = createWebSecurity({ baseUrl: 'http://localhost:8080' })
    const { 'Strict-Transport-Security': hsts, ...page } = pageHeaders()
    expect(hsts).toBeDefined()
    expect(Object.fromEntries(development.pageHeaders('R'))).toEqual(page)
    const { 'Strict-Transport-Security': _, ...api } = apiHeaders()
    expect(Object.fromEntries(development.apiHeaders())).toEqual(api)
  })

  it('requests CSP reports at cspReportPath', () => {
    const reporting = createWebSecurity({
      baseUrl: 'https://mjr.example',
      cspReportPath: '/csp-reports',
    })
    const { 'Content-Security-Policy': policy, ...rest } = Object.fromEntries(
      reporting.pageHeaders('R'),
    )
    expect(policy).toMatch(/; report-to csp$/)
    expect(rest['Reporting-Endpoints']).toBe('csp="https://mjr.example/csp-reports"')
    expect(Object.fromEntries(reporting.apiHeaders())).toEqual(apiHeaders())
  })
})
