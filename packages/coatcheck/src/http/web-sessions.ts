import type { Client } from '../domain/client.ts'
import type { Session } from '../domain/session.ts'
import type { Milliseconds } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventSink } from '../ports/event-sink.ts'
import type { RandomSource } from '../ports/random-source.ts'
import type { VerifyOptions } from '../sessions/sessions.ts'
import type { HeaderProfile } from '../web-security/security-headers.ts'
import type { Exchange } from './exchange.ts'
import type { IncomingRequest, RequestHead } from './incoming-request.ts'
import type { RefusalResponder } from './refusal.ts'
import type { ResponseHeader } from './response-header.ts'
import type { SameSite } from './set-cookie.ts'

/** How sessions meet the web. A bad value throws `SessionError` of code `invalid-option` that names it. */
export interface WebSessionsOptions {
  /**
   * The public origin, such as `https://mjr.example`: no path, query or credentials. Cookies, the CSRF
   * guard and redirects follow from it and never from the Host header. `https` gives Secure
   * cookies with the `__Host-` prefix, and HSTS. `http` is accepted on a loopback name only (localhost,
   * 127.0.0.0/8, [::1]) and gives the development profile: cookies without Secure, named `session-dev`.
   */
  readonly baseUrl: string
  /**
   * Secrets of 32 bytes or more in UTF-8, newest first. The newest signs the pre-session and flash
   * cookies and the app's own, all verify them: put a new one in front to rotate, drop the old one a day later. Dropping one
   * signs nobody out: session tokens do not depend on them.
   */
  readonly keys: readonly string[]
  /** Name of the session cookie without its prefix: letters, digits, `-` and `_`. Default `session`. */
  readonly cookieName?: string
  /**
   * SameSite of the session cookie. Default `Lax`. `Strict` also withholds the cookie when a
   * link on another site leads here; `None` sends it everywhere and is refused without https. The CSRF guard stays on with each.
   */
  readonly sameSite?: SameSite
  /**
   * Addresses or CIDR ranges, IPv4 and IPv6, of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are
   * believed. Default none: the client address is the socket's. A proxy left out is taken for the client;
   * a range too wide lets clients forge their address.
   */
  readonly trustedProxies?: readonly string[]
  /** Path of the sign-in page, where `requireSession` sends people. Default `/login`. */
  readonly signInPath?: string
  /** Path of the page that asks for the password again, where `requireRecentAuthentication` sends people. Default `/reauthenticate`. */
  readonly reauthenticatePath?: string
  /** For how long an authentication counts as recent, in ms, one minute to one day. Default 15 minutes. */
  readonly recentAuthenticationTimeout?: Milliseconds
  /** Paths that begin so are API calls: answered in JSON, never redirected. Default `/api/`. */
  readonly apiPrefix?: string
  /**
   * Path at which the app takes reports of content that the page policy refused (`Reporting-Endpoints`,
   * ASVS 5.0 V3.4.7). Anybody can send such reports: cap them. Default: none are asked for.
   */
  readonly cspReportPath?: string
  /**
   * Told of refused requests (`csrf-refused`) and of duplicate session cookies (`token-rejected`), in order. Give the
   * sinks of `SessionsOptions` here too: what happens to sessions is told there only. Default none.
   */
  readonly events?: readonly EventSink[]
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: `node:crypto`. */
  readonly random?: RandomSource
}

export type { VerifyOptions } from '../sessions/sessions.ts'

/** Decides about a bearer token: what it stands for, or `null` when it is not good. Compare in constant time. */
export type VerifyBearer<Bearer> = (token: string, client: Client) => Promise<Bearer | null>

/** How `bearerOrSession` authenticates; `fresh` and `touch` are for the session. */
export interface BearerOptions<Bearer> extends VerifyOptions {
  readonly verifyBearer: VerifyBearer<Bearer>
}

/** The one credential of a request. */
export type Authentication<Data, Bearer> =
  | { readonly credential: 'session'; readonly session: Session<Data> }
  | { readonly credential: 'bearer'; readonly bearer: Bearer }

/**
 * Sessions on web-standard requests. A guard answers with the response that refuses the request, or lets it
 * pass: with `null`, or with what the route needs. When the store fails a guard answers 503 with Retry-After, and when too
 * many unknown session tokens came from the client's address, 429 with Retry-After; the cookie stays. Whether a request is for a
 * page or the API follows from its path and `apiPrefix`.
 *
 * Put `Exchange.responseHeaders()` on every response, also on one that a guard made.
 */
export interface WebSessions<Data> {
  /** Origin of `baseUrl`, without a trailing slash. */
  readonly origin: string

  /** Name of the session cookie as browsers have it: `__Host-session`, or what the options make of it. */
  readonly sessionCookieName: string

  /**
   * Opens the exchange of one request. `peerAddress` is the socket's, or `null` when the transport has none.
   * `respond` dresses refusals; default: JSON `{"error": {"code", "message"}}` for the API, plain text for pages.
   */
  open(request: Request, peerAddress: string | null, respond?: RefusalResponder): Exchange<Data>

  /** As `open`, for a server whose requests are not web-standard: what an adapter makes of them. */
  openRequest(incoming: IncomingRequest, respond?: RefusalResponder): Exchange<Data>

  /**
   * Lets only requests with an active session pass, and returns it. A page answers 303 to `signInPath?next=…`, where
   * `next` is the page asked for (for a form: the page that it was on, or `/`), and to
   * `signInPath?error=session_expired&next=…` when a presented session has ended. The API
   * answers 401 with `WWW-Authenticate: Bearer`. A cookie that opens nothing any more is expired.
   * `fresh` asks the store whatever the verification cache knows.
   */
  requireSession(
    exchange: Exchange<Data>,
    options?: VerifyOptions,
  ): Promise<Response | Session<Data>>

  /**
   * As `requireSession` with `fresh`, for what asks for a step-up: only where the person has proved who they are within
   * `recentAuthenticationTimeout` (by signing in, or by `Exchange.stepUp`), from this network and browser, and nothing
   * was held against the session since (`StepUpReason`). Otherwise a page answers 303 to
   * `reauthenticatePath?next=…`, with `next` as there, and the API 403 (ASVS 5.0 V7.5.1, V7.5.3).
   */
  requireRecentAuthentication(exchange: Exchange<Data>): Promise<Response | Session<Data>>

  /** Lets every request pass, unless nothing can be told of its session (503, 429): a person signed in must not be shown as a stranger. */
  optionalSession(exchange: Exchange<Data>): Promise<Response | Session<Data> | null>

  /**
   * For unsafe methods: first Fetch Metadata, Origin or Referer against `baseUrl`, then the CSRF token. A page
   * takes it from the field `csrf_token` or the header `X-CSRF-Token`; the API takes only the header and
   * asks for `Content-Type: application/json` (else 415), with or without a body. Anonymous requests are
   * guarded like any other. Refusals raise `csrf-refused` (ASVS 5.0 V3.5.1, V3.5.2).
   */
  csrfGuard(exchange: Exchange<Data>): Promise<Response | null>

  /**
   * Whether a page of ours made the request, by Fetch Metadata, Origin or Referer against `baseUrl`: the first half of
   * `csrfGuard`, which reads no session. For what an app does with a form that another guard refuses, such as
   * keeping what was typed; never instead of the CSRF token where something changes.
   */
  isSameOrigin(exchange: Exchange<Data>): boolean

  /**
   * One credential per request. With an Authorization header only that counts: wrong, malformed
   * or said twice is 401, whatever the cookie. Without one the session counts, and unsafe methods
   * then pass the CSRF guard of the API. Returns who is authenticated, or the response that refuses.
   */
  bearerOrSession<Bearer>(
    exchange: Exchange<Data>,
    options: BearerOptions<Bearer>,
  ): Promise<Response | Authentication<Data, Bearer>>

  /**
   * 403 for images, scripts, fetches and frames that another site loads from here, told by Fetch Metadata;
   * a link from there still leads here. Only for safe methods: the others are the CSRF guard's (ASVS 5.0 V3.5.8).
   */
  enforceResourceIsolation(exchange: Exchange<Data>): Promise<Response | null>

  /**
   * Refuses a request with more than one Host header with 400 (RFC 9112 section 3.2): a proxy and the app could
   * each believe another one. Node's server lets such requests through, and shows the first.
   */
  requireSingleHostHeader(exchange: Exchange<Data>): Promise<Response | null>

  /**
   * Where `baseUrl` is https and the request came over plain http: 308 to the same path below `baseUrl` for
   * GET and HEAD of a page, 403 for everything else, so that a client that sent a credential in
   * the clear learns of it. What is https is told by the socket or by a trusted proxy's
   * X-Forwarded-Proto: a proxy that ends TLS must be in `trustedProxies`.
   */
  requireHttps(exchange: Exchange<Data>): Promise<Response | null>

  /**
   * In the development profile: 307 to `baseUrl` for a GET or HEAD by another loopback name
   * (127.0.0.1, [::1]), whose cookies and Origin would not fit. Otherwise `null`.
   */
  redirectToBaseUrl(request: RequestHead): Response | null

  /**
   * Answers for an error that a route let pass: 503 with Retry-After when it is the store's failure, 429 with Retry-After
   * when the client's address was throttled, else `null`. For the app's last-resort error handler.
   */
  respondToFailure(exchange: Exchange<Data>, error: unknown): Promise<Response | null>

  /** The security headers of a kind of response; HSTS only where `baseUrl` is https. `nonce` is for the page's CSP. */
  securityHeaders(profile: HeaderProfile, nonce: string): readonly ResponseHeader[]

  /** A fresh CSP nonce: 16 random bytes in base64. One per response. */
  createNonce(): string

  /** A `next` parameter as a path on this origin, or `null` when it leads, or could be read to lead, elsewhere. */
  nextPath(value: string | null | undefined): string | null
}
