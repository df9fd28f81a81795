import type { OptionNames } from '../domain/options.ts'
import type { ResponseHeader } from '../http/cookies/set-cookie.ts'
import type { Exchange } from '../http/exchange/exchange.ts'
import type { PlainHttp } from '../http/public-origin.ts'
import type { RandomSource } from '../ports/system.ts'
import type { HeaderOverrides } from './security-headers.ts'

/** Options of `createWebSecurity`. An invalid value throws `SessionError` of code `invalid-option` naming it. */
export interface WebSecurityOptions {
  /** The public origin, as in `WebSessionsOptions`. `https` adds HSTS and activates `requireHttps`. */
  readonly baseUrl: string
  /** Where `baseUrl` may be plain http, as in `WebSessionsOptions`. Default `loopback`. */
  readonly plainHttp?: PlainHttp
  /** Prefix of the paths of API calls, as in `WebSessionsOptions`. Default `/api/`. */
  readonly apiPrefix?: string
  /** Origins whose pages may call the API, as in `WebSessionsOptions`. Default none. */
  readonly trustedOrigins?: readonly string[]
  /**
   * Path at which the app receives reports of CSP violations (`Reporting-Endpoints`, ASVS 5.0 V3.4.7).
   * Any client can send such reports, so limit them. Default: no reports.
   */
  readonly cspReportPath?: string
  /** Source of nonces. Default: `node:crypto`. */
  readonly random?: RandomSource
}

/** All options of `createWebSecurity`. */
export const webSecurityOptionNames: OptionNames<WebSecurityOptions> = {
  baseUrl: true,
  plainHttp: true,
  apiPrefix: true,
  trustedOrigins: true,
  cspReportPath: true,
  random: true,
}

/** The part of an `Exchange` that the guards use. */
export type GuardedExchange = Pick<
  Exchange<unknown>,
  'request' | 'isHttps' | 'redirectLoop' | 'respond'
>

/**
 * Security headers and guards that need no session. A guard returns the response that refuses or
 * redirects the request, or `null` if the request passes.
 */
export interface WebSecurity {
  /**
   * The headers of an HTML page: a strict CSP that allows scripts and styles with this nonce, no
   * framing, no caching. HSTS if `baseUrl` is https.
   */
  pageHeaders(nonce: string, overrides?: HeaderOverrides): readonly ResponseHeader[]

  /** The headers of every other response: JSON, files and redirects. */
  apiHeaders(overrides?: HeaderOverrides): readonly ResponseHeader[]

  /** Returns a new CSP nonce: 16 random bytes in base64. Use one per response. */
  createNonce(): string

  /**
   * Responds 400 to a request with more than one Host header, or with one that is no host (RFC 9112 section 3.2). A
   * proxy and the app could each use a different one of two: Node's server accepts such requests and exposes the first.
   * With an invalid one, such as `999.1.1.1`, the URL of the request cannot be parsed by the guards and routes behind.
   */
  requireValidHost(exchange: GuardedExchange): Promise<Response | null>

  /**
   * If `baseUrl` is https and the request was sent over http: redirects GET and HEAD of a page with
   * 307 to the same path on `baseUrl`, and responds 403 to everything else, so that a
   * client that sent a credential in the clear gets an error. The socket, or `X-Forwarded-Proto` of a trusted proxy,
   * determines the scheme: a proxy that terminates TLS must be in `trustedProxies`. If the client used https
   * nevertheless, by what an untrusted proxy or the browser sends, the redirect would lead back here without
   * end: responds 500 instead of redirecting, and reports `redirect-loop-prevented` with the proxy's IP address.
   */
  requireHttps(exchange: GuardedExchange): Promise<Response | null>

  /**
   * In the development profile: redirects GET and HEAD of another loopback name (127.0.0.1, [::1])
   * with 307 to `baseUrl`, because cookies and Origin of the other name would not match.
   */
  redirectToBaseUrl(exchange: GuardedExchange): Promise<Response | null>

  /**
   * Responds 403 to images, scripts, fetches and frames that another site loads (resource isolation
   * policy by Fetch Metadata, ASVS 5.0 V3.5.8). Links from other sites to pages work; those to API calls
   * get 403 too, so that no site can use up the rate limit of a user, except those of `trustedOrigins`.
   * For safe methods only: the CSRF guard handles the others.
   */
  enforceResourceIsolation(exchange: GuardedExchange): Promise<Response | null>
}
