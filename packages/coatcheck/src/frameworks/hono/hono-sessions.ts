import type { Context, MiddlewareHandler } from 'hono'
import type { Exchange, Session } from '../../http/exchange.ts'
import type { Refusal } from '../../http/refusal.ts'
import type { Authentication, BearerOptions } from '../../http/web-sessions.ts'
import type { HeaderProfile } from '../../web-security/security-headers.ts'

/** What Hono has to tell, and how it dresses refusals. */
export interface HonoSessionsOptions {
  /**
   * The socket's address; on Node `(c) => getConnInfo(c).remote.address ?? null` from
   * `@hono/node-server/conninfo`. Default: none known, and then no proxy is trusted either.
   */
  readonly peerAddress?: (c: Context) => string | null
  /** Dresses refusals of guards. Default: JSON for the API, plain text for pages. */
  readonly respond?: (refusal: Refusal, c: Context) => Response | Promise<Response>
}

/** Set by `exchange`. */
export interface ExchangeVariables<Data> {
  exchange: Exchange<Data>
}
/** Set by `requireSession`. */
export interface SessionVariables<Data> extends ExchangeVariables<Data> {
  session: Session<Data>
}
/** Set by `optionalSession`. */
export interface OptionalSessionVariables<Data> extends ExchangeVariables<Data> {
  session: Session<Data> | null
}
/** Set by `bearerOrSession`. */
export interface AuthenticationVariables<Data, Bearer> extends ExchangeVariables<Data> {
  authentication: Authentication<Data, Bearer>
}
/** Set by `securityHeaders`. */
export interface NonceVariables {
  nonce: string
}

type Middleware<Variables extends object> = MiddlewareHandler<{ Variables: Variables }>

/** Middleware for Hono. What each guard decides is told at `WebSessions`, whose names these are. */
export interface HonoSessions<Data> {
  /**
   * Opens an exchange for each request, offers it to routes as `c.var.exchange`, and puts its
   * headers on the response, also on those of `onError` and `notFound`. Goes before every other one
   * except `securityHeaders`.
   */
  readonly exchange: Middleware<ExchangeVariables<Data>>
  /** Offers the session as `c.var.session`, never null. */
  readonly requireSession: Middleware<SessionVariables<Data>>
  /**
   * The same, and asks the store whatever the verification cache knows: for routes that
   * change what a session may.
   */
  readonly requireFreshSession: Middleware<SessionVariables<Data>>
  /** As `requireSession`, for who has proved lately who they are. */
  readonly requireRecentAuthentication: Middleware<SessionVariables<Data>>
  /** Offers the session as `c.var.session`, or null for an anonymous visitor. */
  readonly optionalSession: Middleware<OptionalSessionVariables<Data>>
  readonly enforceResourceIsolation: Middleware<ExchangeVariables<Data>>
  readonly csrfGuard: Middleware<ExchangeVariables<Data>>
  readonly requireSingleHostHeader: Middleware<ExchangeVariables<Data>>
  readonly requireHttps: Middleware<ExchangeVariables<Data>>
  readonly redirectToBaseUrl: Middleware<object>
  /** Offers who is authenticated as `c.var.authentication`. */
  bearerOrSession<Bearer>(
    options: BearerOptions<Bearer>,
  ): Middleware<AuthenticationVariables<Data, Bearer>>
  /**
   * Puts the headers of a profile on the response where the route, or a profile nearer to it,
   * has not set them, and offers `c.var.nonce` for the page's scripts and styles. Goes first:
   * then errors carry them too.
   */
  securityHeaders(profile: HeaderProfile): Middleware<NonceVariables>
  /** For `app.onError`: 503 when the error is the store's failure, 429 when the client was throttled, else null. */
  respondToFailure(error: unknown, c: Context): Promise<Response | null>
}
