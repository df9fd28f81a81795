import type { AssuranceLevel } from '../domain/authentication.ts'
import type { Client } from '../domain/client.ts'
import type { Duration } from '../domain/duration.ts'
import type { EventSink } from '../domain/events.ts'
import type { ExpectedObject, OptionNames } from '../domain/options.ts'
import type { Session } from '../domain/session.ts'
import type { Clock, RandomSource } from '../ports/system.ts'
import type { VerifyOptions } from '../sessions/sessions.ts'
import type { SameSite } from './cookies/set-cookie.ts'
import type { Exchange } from './exchange/exchange.ts'
import type { RefusalResponder } from './guards/refusals.ts'
import type { IncomingRequest } from './incoming-request.ts'
import type { ForwardedHeader } from './proxies/forwarded-entries.ts'
import type { PlainHttp } from './public-origin.ts'

/** Options of `createWebSessions`. An invalid value throws `SessionError` of code `invalid-option` naming it. */
export interface WebSessionsOptions {
  /**
   * The public origin, such as `https://mjr.example`: no path, query or credentials. Cookies, the CSRF
   * guard and redirects use it and never the Host header. `https` gives Secure cookies with the
   * `__Host-` prefix. `http` is allowed only on a loopback name (localhost, *.localhost, 127.0.0.0/8,
   * [::1]) and selects the development profile: cookies without Secure, named `session-dev`.
   */
  readonly baseUrl: string
  /**
   * Where `baseUrl` may be plain http. Default `loopback`. `private-network` also accepts an IP address of a private
   * network (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, fc00::/7, fe80::/10), with the cookies of the
   * development profile: everyone who can read the traffic of that network can take over every session.
   */
  readonly plainHttp?: PlainHttp
  /**
   * Secrets of at least 32 bytes in UTF-8, newest first. The newest signs the pre-session, flash and
   * app cookies; all of them verify. To rotate, prepend a new key and remove the old one a day later.
   * Removing a key signs no user out: session tokens do not depend on keys.
   */
  readonly keys: readonly string[]
  /** Name of the session cookie without its prefix: letters, digits, `-` and `_`. Default `session`. */
  readonly cookieName?: string
  /**
   * SameSite of the session cookie. Default `lax`. `strict` also withholds the cookie when a user
   * follows a link from another site; `none` sends it with every request, also those of a trusted origin
   * on another site, and requires https. The CSRF guard is active with each.
   */
  readonly sameSite?: SameSite
  /**
   * The second layer of the CSRF guard, after the check of Fetch Metadata, Origin and Referer. Default
   * `token`: every unsafe request has a token, in a form field or a header.
   *
   * `origin` requires none, for JSON and server-action apps: a page of another origin, also of a sibling
   * host, cannot change anything, sign a visitor in included, because every browser sends Sec-Fetch-Site
   * (Chrome 76, Firefox 90, Safari 16.4) or else Origin, and a request with neither, and no Referer of
   * ours, is refused. SameSite is then the second layer: `sameSite: 'none'` is rejected. A body for the
   * API must have a type that needs a preflight: JSON, or any but form types and plain text (else 415).
   */
  readonly csrf?: CsrfProtection
  /**
   * Exact origins, such as `https://app.example`, whose pages may call the API with the user's session:
   * they can read its responses (CORS with credentials) and pass the first layer of the CSRF guard, not
   * the second. Pages stay closed to them. https, or http on a loopback name; no wildcard and no `null`.
   * Use `corsGuard`, and pass the same list to `WebSecurityOptions`. An origin on another site needs
   * `sameSite: 'none'` too, and browsers that block third-party cookies block it. An attacker on such an
   * origin acts as the user. With `csrf: 'origin'` they need no token either. Default none.
   */
  readonly trustedOrigins?: readonly string[]
  /**
   * Size in bytes up to which the body of a form is read, 1 KiB to 16 MiB. Default 64 KiB. A larger form
   * is refused with 413, unless its token is in the header, or in the first field of a multipart body. A
   * form in flight takes up to about six times this memory, also of anonymous clients, and parsing blocks
   * the process for some 20 ms per MiB, so limit the concurrent requests if you raise it. The number of
   * fields is limited too: 256 for every 64 KiB, at least 256 and at most 4,096.
   */
  readonly maxFormSize?: number
  /**
   * The proxies whose forwarding headers are trusted. Default none: the client's IP address is the
   * socket's.
   *
   * A list contains IP addresses, CIDR ranges, and `'unix'` for the peer of a unix socket. The client is
   * the first hop from the right that is not in it. A proxy that is missing here counts as the client; a
   * range that is too wide lets clients forge their IP address.
   *
   * A number, 1 to 20, is how many proxies every request passes, for platforms whose proxies have no
   * fixed addresses. It trusts every peer that connects: a client that reaches the server by fewer proxies, for
   * example at its own port, forges its IP address and scheme.
   *
   * `X-Forwarded-Proto` counts as far as the trusted proxies have appended to it; one that replaces it
   * reports what it received.
   */
  readonly trustedProxies?: readonly string[] | number
  /**
   * The header in which the trusted proxies forward the IP address: `forwarded` is that of RFC 7239,
   * which also contains the scheme, so that `X-Forwarded-Proto` is ignored. The other header is never
   * read, because a client can send it through a proxy that does not know it. Default
   * `x-forwarded-for`.
   */
  readonly forwardedHeader?: ForwardedHeader
  /** Path of the sign-in page, to which `requireSession` redirects. Default `/login`. */
  readonly signInPath?: string
  /**
   * Path of the page on which the user authenticates again, to which `requireRecentAuthentication` and
   * `requireAssurance` redirect. Default `/reauthenticate`.
   */
  readonly reauthenticatePath?: string
  /** How long an authentication counts as recent, one minute to one day. Default 15 minutes. */
  readonly recentAuthenticationTimeout?: Duration
  /**
   * Prefix of the paths of API calls, which get JSON and are never redirected. Compared with the decoded path,
   * without regard to case. Default `/api/`.
   */
  readonly apiPrefix?: string
  /**
   * Receive what concerns requests, in order: `csrf-refused`, `request-refused`, duplicate session
   * cookies (`token-rejected`), `redirect-loop-prevented` and `client-address-shared`. Pass the sinks of
   * `SessionsOptions` here too; session events go only to those. Default none.
   */
  readonly events?: readonly EventSink[]
  /** Default: the system clock. */
  readonly clock?: Clock
  /** Default: `node:crypto`. */
  readonly random?: RandomSource
}

/** See `WebSessionsOptions`. */
export type CsrfProtection = 'token' | 'origin'

/** What adapters need. */
export const expectedWebSessions: ExpectedObject = {
  methods: ['open', 'openRequest', 'requireSession'],
  expected: 'the result of createWebSessions',
}

/** All options of `createWebSessions`. */
export const webSessionsOptionNames: OptionNames<WebSessionsOptions> = {
  baseUrl: true,
  plainHttp: true,
  keys: true,
  csrf: true,
  trustedOrigins: true,
  maxFormSize: true,
  cookieName: true,
  sameSite: true,
  trustedProxies: true,
  forwardedHeader: true,
  signInPath: true,
  reauthenticatePath: true,
  recentAuthenticationTimeout: true,
  apiPrefix: true,
  events: true,
  clock: true,
  random: true,
}

export type { VerifyOptions } from '../sessions/sessions.ts'

/** Returns what a bearer token stands for, or `null` if it is invalid. Compare in constant time. */
export type VerifyBearer<Bearer> = (token: string, client: Client) => Promise<Bearer | null>

/** Options of `bearerOrSession`; `skipCache` and `touch` apply to the session. */
export interface BearerOptions<Bearer> extends VerifyOptions {
  readonly verifyBearer: VerifyBearer<Bearer>
}

/** What `requireAssurance` requires. */
export interface AssuranceOptions {
  /** Level 1 is what `requireSession` requires. */
  readonly level: Exclude<AssuranceLevel, 1>
  /**
   * Counts only the methods that the user has used within this time, one minute to one day, such as `15m`; also
   * requires that no step-up is required (`StepUpReason`), and reads the store instead of the verification
   * cache. Default: all methods of the session count.
   */
  readonly within?: Duration
}

/** The one credential of a request. */
export type Authentication<Data, Bearer> =
  | { readonly credential: 'session'; readonly session: Session<Data> }
  | { readonly credential: 'bearer'; readonly bearer: Bearer }

/** A guard that needs only the exchange: returns the response that refuses the request, or `null`. */
export type ExchangeGuard<Data> = (exchange: Exchange<Data>) => Promise<Response | null>

/**
 * Sessions on web-standard requests. A guard returns the response that refuses the request, or `null`
 * or what the route needs if the request passes. If the store fails, guards respond 503, and if too
 * many unknown session tokens came from the client's IP address, 429, both with Retry-After; the
 * cookie is kept. The path and `apiPrefix` determine whether a request is for a page or the API.
 *
 * Add `Exchange.responseHeaders()` to every response, including those of guards.
 */
export interface WebSessions<Data> {
  /** Origin of `baseUrl`, without a trailing slash. */
  readonly origin: string

  /** Full name of the session cookie: `__Host-session`, or as the options determine. */
  readonly sessionCookieName: string

  /**
   * Opens the exchange of one request. `peerAddress` is the socket's IP address, `'unix'` on a unix
   * socket, or `null` if it is unknown. `respond` renders refusals; default: JSON `{"error": {"code", "message"}}` for
   * the API, plain text for pages.
   */
  open(request: Request, peerAddress: string | null, respond?: RefusalResponder): Exchange<Data>

  /** Like `open`, for adapters of servers whose requests are not web-standard. */
  openRequest(incoming: IncomingRequest, respond?: RefusalResponder): Exchange<Data>

  /**
   * Requires an active session and returns it. Otherwise a page redirects with 303 to
   * `signInPath?next=…`, where `next` is the requested page (for a form: its page, or `/`), or to
   * `signInPath?error=session_expired&next=…` if a presented session has ended; the API responds 401
   * with `WWW-Authenticate: Bearer`. Expires the cookie of an ended session for a page that the
   * browser loads, if no newer one can be there (`Exchange.expireEndedCookie`). `skipCache` reads
   * the store instead of the verification cache.
   */
  requireSession(
    exchange: Exchange<Data>,
    options?: VerifyOptions,
  ): Promise<Response | Session<Data>>

  /**
   * Like `requireSession` with `skipCache`, for sensitive operations: also requires that the user
   * authenticated (by signing in or by `Exchange.stepUp`) within `recentAuthenticationTimeout`, from
   * this network and browser, and that no step-up is required (`StepUpReason`). Otherwise a page
   * redirects with 303 to `reauthenticatePath?next=…` and the API responds 403 (ASVS 5.0 V7.5.1,
   * V7.5.3).
   */
  requireRecentAuthentication(exchange: Exchange<Data>): Promise<Response | Session<Data>>

  /**
   * Like `requireSession`, and requires that the methods of the session show a level (`Session.methods`). If the
   * level is too low, a page redirects with 303 to `reauthenticatePath?level=2&next=…` and the API responds 403
   * with `step_up_required`. With `within`, if the methods are too old or a step-up is required, the API responds
   * 403 with `recent_authentication_required` instead (SP 800-63B-4 section 2; ASVS 5.0 V7.5.3). Rejects with
   * `invalid-argument` for an invalid option.
   */
  requireAssurance(
    exchange: Exchange<Data>,
    options: AssuranceOptions,
  ): Promise<Response | Session<Data>>

  /**
   * Returns the session, or `null` for an anonymous visitor. Refuses only if the session is unknown
   * (503, 429): a signed-in user must not be treated as anonymous.
   */
  optionalSession(exchange: Exchange<Data>): Promise<Response | Session<Data> | null>

  /**
   * For unsafe methods: checks Fetch Metadata, Origin or Referer against `baseUrl`, for the API also
   * against `trustedOrigins`, then the CSRF token (with `csrf: 'token'`). A token in the header
   * `X-CSRF-Token` decides, and the body is not read, whatever its type and size. Without that header
   * pages send the token in the field `csrf_token`, up to `maxFormSize` or as the first field of a
   * multipart body; API calls require the header. Applies to anonymous requests too. Refusals report
   * `csrf-refused` (ASVS 5.0 V3.5.1, V3.5.2).
   */
  csrfGuard(exchange: Exchange<Data>): Promise<Response | null>

  /**
   * Answers the CORS preflight of a trusted origin for an API path with 204, and passes everything else.
   * Run it before the router, since preflights have no route, and before guards that need a session. The
   * responses themselves, errors included, get their CORS headers from `Exchange.responseHeaders`.
   */
  corsGuard(exchange: Exchange<Data>): Promise<Response | null>

  /**
   * For WebSocket handshakes, which have a safe method and need no CORS: checks Origin and Fetch Metadata
   * as `csrfGuard` does for the API, so that no other site opens a socket with the user's cookie. A handshake
   * without Origin comes from no browser and passes unless it has a session cookie. Refuses with 403 and
   * reports `csrf-refused`; other requests pass. The adapters call it for every handshake (ASVS 5.0
   * V4.4.2).
   */
  webSocketGuard(exchange: Exchange<Data>): Promise<Response | null>

  /**
   * Whether one of our pages made the request, by Fetch Metadata, Origin or Referer against `baseUrl`:
   * the first layer of `csrfGuard`, which reads no session. For what the app does with a form that
   * another guard refuses, such as saving a draft; never a replacement for the CSRF token.
   */
  isSameOrigin(exchange: Exchange<Data>): boolean

  /**
   * Accepts one credential per request. With `Authorization: Bearer` only that counts: an invalid or
   * malformed one, or one of several Authorization headers, is 401, whatever the cookie. Without one
   * the session counts, and unsafe methods must pass the CSRF guard of the API. Other schemes, such as
   * the Basic of a proxy that protects a staging host, are ignored.
   */
  bearerOrSession<Bearer>(
    exchange: Exchange<Data>,
    options: BearerOptions<Bearer>,
  ): Promise<Response | Authentication<Data, Bearer>>

  /**
   * Responds to an error that a route did not handle: 503 if the store failed, 429 if the client's IP
   * address was throttled, both with Retry-After, else `null`. For the app's error handler.
   */
  respondToFailure(exchange: Exchange<Data>, error: unknown): Promise<Response | null>

  /**
   * Returns a `next` parameter as a path on this origin, or `null` if it leads to another site or
   * could be interpreted so.
   */
  nextPath(value: string | null | undefined): string | null
}
