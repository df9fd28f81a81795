import type { ResponseHeader } from '../http/response-header.ts'

/**
 * Kinds of responses: `page` and `token-page` (a form opened from a mailed token) are HTML, `api` is JSON,
 * `credential-redirect` answers sign-in, sign-out and callbacks, `short-link` leads to another site.
 */
export type HeaderProfile = 'page' | 'token-page' | 'api' | 'credential-redirect' | 'short-link'

const apiPolicy =
  "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; sandbox"

/** Two years. `preload` is left to the operator: it is hard to undo. */
const strictTransportSecurity: ResponseHeader = [
  'Strict-Transport-Security',
  'max-age=63072000; includeSubDomains',
]

/** What the headers of every response depend on. */
export interface HeaderOptions {
  readonly https: boolean
  /** Address that browsers send reports of refused content to, or `null` for none. */
  readonly cspReportUrl: string | null
}

/** Security headers of a response (ASVS 5.0 V3.4). HSTS only over https: browsers ignore it elsewhere. */
export function securityHeaders(
  profile: HeaderProfile,
  nonce: string,
  { https, cspReportUrl }: HeaderOptions,
): readonly ResponseHeader[] {
  const common: readonly ResponseHeader[] = [['X-Content-Type-Options', 'nosniff']]
  const transport = https ? [strictTransportSecurity] : []
  return [...common, ...transport, ...headersByProfile[profile](nonce, cspReportUrl)]
}

type BuildHeaders = (nonce: string, cspReportUrl: string | null) => readonly ResponseHeader[]

const headersByProfile: Record<HeaderProfile, BuildHeaders> = {
  page: (nonce, reportUrl) => [
    ...pageHeaders(nonce, reportUrl),
    ['Referrer-Policy', 'strict-origin-when-cross-origin'],
  ],
  // The referrer must not carry the token, and `no-referrer` would turn the form's Origin into `null`.
  'token-page': (nonce, reportUrl) => [
    ...pageHeaders(nonce, reportUrl),
    ['Referrer-Policy', 'strict-origin'],
    ['X-Robots-Tag', 'noindex'],
  ],
  api: () => [
    ['Content-Security-Policy', apiPolicy],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Referrer-Policy', 'no-referrer'],
    ['Cache-Control', 'no-store'],
    ['Vary', 'Origin'],
  ],
  'credential-redirect': () => [
    ['Content-Security-Policy', apiPolicy],
    ['Referrer-Policy', 'no-referrer'],
    ['Cache-Control', 'no-store'],
  ],
  // `cross-origin`: browsers check the policy before they follow, and links are followed from anywhere.
  'short-link': () => [
    ['Content-Security-Policy', apiPolicy],
    ['Referrer-Policy', 'no-referrer'],
    ['Cross-Origin-Resource-Policy', 'cross-origin'],
    ['Cache-Control', 'private, max-age=0'],
    ['X-Robots-Tag', 'noindex'],
  ],
}

function pageHeaders(nonce: string, cspReportUrl: string | null): readonly ResponseHeader[] {
  const policy = pagePolicy(nonce)
  const reportingHeaders: readonly ResponseHeader[] = [
    ['Content-Security-Policy', `${policy}; report-to csp`],
    ['Reporting-Endpoints', `csp="${cspReportUrl}"`],
  ]
  return [
    ...(cspReportUrl === null ? [['Content-Security-Policy', policy] as const] : reportingHeaders),
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Cross-Origin-Embedder-Policy', 'require-corp'],
    // Passkeys are off unless named.
    [
      'Permissions-Policy',
      'camera=(), microphone=(), geolocation=(), usb=(), payment=(), ' +
        'publickey-credentials-get=(self), publickey-credentials-create=(self)',
    ],
    ['X-Frame-Options', 'DENY'],
    ['Cache-Control', 'no-store'],
    ['Vary', 'Sec-Fetch-Site, Origin'],
  ]
}

function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
