import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { OptionNames } from '../../domain/options.ts'
import type { Exchange, Session } from '../../http/exchange/exchange.ts'
import type { Refusal } from '../../http/guards/refusals.ts'
import type {
  AssuranceOptions,
  Authentication,
  BearerOptions,
  ExchangeGuard,
  VerifyOptions,
} from '../../http/web-sessions.ts'

/** Options of `createNodeSessions`. */
export interface NodeSessionsOptions {
  /** Renders the refusals of guards. Default: JSON for the API, plain text for pages. */
  readonly respond?: (refusal: Refusal, request: IncomingMessage) => Response | Promise<Response>
}

/** All options of `createNodeSessions`. */
export const nodeSessionsOptionNames: OptionNames<NodeSessionsOptions> = { respond: true }

/** The result of `optionalSession`. */
export interface OptionalSession<Data> {
  /** `null` for an anonymous visitor. */
  readonly session: Session<Data> | null
}

type Guard<Result, Options extends readonly unknown[] = []> = (
  request: IncomingMessage,
  response: ServerResponse,
  ...options: Options
) => Promise<Result>

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
  readonly requireSession: Guard<Session<Data> | null, [options?: VerifyOptions]>
  readonly requireRecentAuthentication: Guard<Session<Data> | null>
  readonly requireAssurance: Guard<Session<Data> | null, [options: AssuranceOptions]>
  readonly optionalSession: Guard<OptionalSession<Data> | null>
  bearerOrSession<Bearer>(
    request: IncomingMessage,
    response: ServerResponse,
    options: BearerOptions<Bearer>,
  ): Promise<Authentication<Data, Bearer> | null>
  /** The route can still read the body. */
  readonly csrfGuard: Guard<boolean>
  /** Run it for every request, before the router. */
  readonly corsGuard: Guard<boolean>
  /** Runs a guard of `WebSecurity` or of the app. */
  readonly check: Guard<boolean, [guard: ExchangeGuard<Data>]>
  /**
   * For the `upgrade` event of the server: checks that a page of `baseUrl` makes the handshake (see
   * `WebSessions.webSocketGuard`) and that there is an active session, and resolves to it. Otherwise it
   * sends the refusal, destroys the socket and resolves to `null`: return then. Rejects only if the guard
   * does with an error that is not a store failure; the socket is destroyed then too.
   *
   * Opening a socket is not activity, because pages reopen theirs without their users. End the socket
   * with its session by `Sessions.onEnd`.
   */
  upgrade(request: IncomingMessage, socket: Duplex): Promise<Session<Data> | null>
  /**
   * The same with another guard than `requireSession`: `async (exchange) => exchange` also accepts
   * anonymous visitors.
   */
  upgrade<Result extends object>(
    request: IncomingMessage,
    socket: Duplex,
    guard: (exchange: Exchange<Data>) => Promise<Response | Result>,
  ): Promise<Result | null>
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
