import { describe, expect, it } from 'vitest'
import { type HeaderProfile, securityHeaders } from './security-headers.ts'

const profiles: readonly HeaderProfile[] = [
  'page',
  'token-page',
  'api',
  'credential-redirect',
  'short-link',
]

function headersOf(profile: HeaderProfile, https = true): Record<string, string> {
  return Object.fromEntries(securityHeaders(profile, 'R', { https, cspReportUrl: null }))
}

describe('security headers', () => {
  it('of a page are exactly these', () => {
    expect(headersOf('page')).toEqual({
      'Content-Security-Policy':
        "default-src 'none'; script-src 'nonce-R' 'strict-dynamic'; style-src 'self' 'nonce-R'; " +
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; " +
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

  it('of a token page keep the token out of referrers, and a real Origin on its form', () => {
    expect(headersOf('token-page')).toEqual({
      ...headersOf('page'),
      'Referrer-Policy': 'strict-origin',
      'X-Robots-Tag': 'noindex',
    })
  })

  const apiPolicy =
    "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; sandbox"
  const commonHeaders = {
    'Content-Security-Policy': apiPolicy,
    'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  }

  it('of the API and of redirects are exactly these', () => {
    expect(headersOf('api')).toEqual({
      ...commonHeaders,
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
      Vary: 'Origin',
    })
    expect(headersOf('credential-redirect')).toEqual({
      ...commonHeaders,
      'Cache-Control': 'no-store',
    })
    expect(headersOf('short-link')).toEqual({
      ...commonHeaders,
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cache-Control': 'private, max-age=0',
      'X-Robots-Tag': 'noindex',
    })
  })

  it('have HSTS over https only', () => {
    for (const profile of profiles) {
      const { 'Strict-Transport-Security': hsts, ...rest } = headersOf(profile)
      expect(hsts).toBeDefined()
      expect(headersOf(profile, false)).toEqual(rest)
    }
  })

  it('ask for reports of refused content where the app takes them', () => {
    const options = { https: true, cspReportUrl: 'https://mjr.example/csp-reports' }
    const { 'Content-Security-Policy': policy, ...rest } = Object.fromEntries(
      securityHeaders('page', 'R', options),
    )
    expect(policy).toMatch(/; report-to csp$/)
    expect(rest['Reporting-Endpoints']).toBe('csp="https://mjr.example/csp-reports"')
    expect(Object.fromEntries(securityHeaders('api', 'R', options))).toEqual(headersOf('api'))
  })
})
