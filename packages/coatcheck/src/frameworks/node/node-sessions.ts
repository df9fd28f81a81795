import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange, Session } from '../../http/exchange.ts'
import type { Refusal } from '../../http/refusal.ts'
import type { Authentication, BearerOptions, VerifyOptions } from '../../http/web-sessions.ts'
import type { HeaderProfile } from '../../web-security/security-headers.ts'

/** How refusals are dressed. */
export interface NodeSessionsOptions {
  /**
   * Dresses refusals of guards; the response is written as it is. Default: JSON for the
   * API, plain text for pages.
   */
  readonly respond?: (refusal: Refusal, request: IncomingMessage) => Response | Promise<Response>
}

/** Whoever asks, signed in or not. */
export interface OptionalSession<Data> {
  /** `null` for an anonymous visitor. */
  readonly session: Session<Data> | null
}

/**
 * Guards for `node:http`. What each decides is told at `WebSessions`, whose names these are.
 *
 * A guard that refuses has answered the request by the time it resolves, and resolves to `null`,
 * or to `false` where it has nothing to offer; the route has then only to return. What lets a
 * request pass is never falsy.
 */
export interface NodeSessions<Data> {
  /**
   * The one exchange of a request, opened by whoever asks first, every guard included. Its
   * headers leave with the response whatever the route does; one that is opened after the
   * response has left is sealed.
   */
  exchange(request: IncomingMessage, response: ServerResponse): Exchange<Data>
  /** With `fresh` the store is asked whatever the verification cache knows. */
  requireSession(
    request: IncomingMessage,
    response: ServerResponse,
    options?: VerifyOptions,
  ): Promise<Session<Data> | null>
  requireRecentAuthentication(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Session<Data> | null>
  optionalSession(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<OptionalSession<Data> | null>
  bearerOrSession<Bearer>(
    request: IncomingMessage,
    response: ServerResponse,
    options: BearerOptions<Bearer>,
  ): Promise<Authentication<Data, Bearer> | null>
  /** Leaves the body to the route: it reads as if nobody had. */
  csrfGuard(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  enforceResourceIsolation(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  requireSingleHostHeader(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  requireHttps(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  redirectToBaseUrl(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /**
   * Sets the headers of a profile on the response, for the route or a profile nearer to it
   * to replace, and returns the nonce for the page's scripts and styles: the same one
   * however often it is asked for.
   */
  securityHeaders(response: ServerResponse, profile: HeaderProfile): string
  /**
   * Answers for an error that a route let pass: 503 when it is the store's failure, 429 when the
   * client was throttled, and `true`; else `false`. Also `false` when the response has begun: then it can only be broken off.
   */
  respondToFailure(
    error: unknown,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean>
}
