import type { ResponseHeader } from '../http/cookies/set-cookie.ts'

/** The security headers that a response can replace. */
export type SecurityHeaderName =
  | 'Cache-Control'
  | 'Content-Security-Policy'
  | 'Cross-Origin-Embedder-Policy'
  | 'Cross-Origin-Opener-Policy'
  | 'Cross-Origin-Resource-Policy'
  | 'Permissions-Policy'
  | 'Referrer-Policy'
  | 'Vary'
  | 'X-Frame-Options'
  | 'X-Robots-Tag'

/** Values that replace or add single headers; `null` omits the header. */
export type HeaderOverrides = { readonly [Name in SecurityHeaderName]?: string | null }

/** What the headers of every response depend on. */
export interface HeaderOptions {
  readonly https: boolean
  /** URL that receives CSP violation reports, or `null` for none. */
  readonly cspReportUrl: string | null
}

type HeaderValues = Readonly<Record<string, string | null | undefined>>

const apiPolicy =
  "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; sandbox"

const apiHeaders: HeaderValues = {
  'Content-Security-Policy': apiPolicy,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  Vary: 'Origin',
}

/** Headers of every response but pages (ASVS 5.0 V3.4). */
export function buildApiHeaders(
  options: HeaderOptions,
  overrides: HeaderOverrides = {},
): readonly ResponseHeader[] {
  return toList({ ...commonHeaders(options), ...apiHeaders, ...overrides })
}

/** Headers of an HTML page whose scripts and styles have the nonce (ASVS 5.0 V3.4). */
export function buildPageHeaders(
  options: HeaderOptions,
  nonce: string,
  overrides: HeaderOverrides = {},
): readonly ResponseHeader[] {
  return toList({ ...commonHeaders(options), ...pageHeaders(options, nonce), ...overrides })
}

/**
 * HSTS only over https, because browsers ignore it elsewhere: two years, without `preload`, which is
 * the operator's decision because it is hard to revert.
 */
function commonHeaders({ https }: HeaderOptions): HeaderValues {
  return {
    'X-Content-Type-Options': 'nosniff',
    'Strict-Transport-Security': https ? 'max-age=63072000; includeSubDomains' : null,
  }
}

function pageHeaders({ cspReportUrl }: HeaderOptions, nonce: string): HeaderValues {
  const policy = pagePolicy(nonce)
  return {
    'Content-Security-Policy': cspReportUrl === null ? policy : `${policy}; report-to csp`,
    'Reporting-Endpoints': cspReportUrl === null ? null : `csp="${cspReportUrl}"`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    // Passkeys are disabled unless listed.
    'Permissions-Policy':
      'camera=(), microphone=(), geolocation=(), usb=(), payment=(), ' +
      'publickey-credentials-get=(self), publickey-credentials-create=(self)',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'Cache-Control': 'no-store',
    Vary: 'Sec-Fetch-Site, Origin',
  }
}

function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function toList(headers: HeaderValues): readonly ResponseHeader[] {
  return Object.entries(headers).flatMap(([name, value]): ResponseHeader[] =>
    value == null ? [] : [[name, value]],
  )
}
