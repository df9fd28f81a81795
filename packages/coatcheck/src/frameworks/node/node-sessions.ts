import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange, Session } from '../../http/exchange.ts'
import type { Refusal } from '../../http/refusals.ts'
import type { Authentication, BearerOptions, VerifyOptions } from '../../http/web-sessions.ts'

/** Options of `createNodeSessions`. */
export interface NodeSessionsOptions {
  /** Renders the refusals of guards. Default: JSON for the API, plain text for pages. */
  readonly respond?: (refusal: Refusal, request: IncomingMessage) => Response | Promise<Response>
}

/** The result of `optionalSession`. */
export interface OptionalSession<Data> {
  /** `null` for an anonymous visitor. */
  readonly session: Session<Data> | null
}

/**
 * Guards for `node:http`, documented at the methods of `WebSessions` with the same names.
 *
 * A guard that refuses has sent the response before it resolves to `null` or `false`; the route must
 * then return. A guard that lets a request pass never resolves to a falsy value.
 */
export interface NodeSessions<Data> {
  /**
   * Returns the one exchange of a request, opened at the first call, also by guards. Its headers are
   * sent with the response whatever the route does. After the response headers were sent it is closed.
   */
  exchange(request: IncomingMessage, response: ServerResponse): Exchange<Data>
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
  /** The route can still read the body. */
  csrfGuard(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /**
   * Responds to an error that a route did not handle: 503 if the store failed, 429 if the client was
   * throttled. Resolves to whether it responded: `false` for other errors, and after the response has
   * begun, which can then only be aborted.
   */
  respondToFailure(
    error: unknown,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean>
}
