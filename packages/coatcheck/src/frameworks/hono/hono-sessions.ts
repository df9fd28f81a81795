import type { Context, MiddlewareHandler } from 'hono'
import type { OptionNames } from '../../domain/options.ts'
import type { Exchange, Session } from '../../http/exchange/exchange.ts'
import type { Refusal } from '../../http/guards/refusals.ts'
import type {
  AssuranceOptions,
  Authentication,
  BearerOptions,
  ExchangeGuard,
} from '../../http/web-sessions.ts'

/** Options of `createHonoSessions`. */
export interface HonoSessionsOptions {
  /**
   * Returns the socket's IP address; on Node `(c) => getConnInfo(c).remote.address ?? null` from
   * `@hono/node-server/conninfo`. Default: unknown, in which case no listed proxy is trusted either.
   */
  readonly peerAddress?: (c: Context) => string | null
  /** Renders the refusals of guards. Default: JSON for the API, plain text for pages. */
  readonly respond?: (refusal: Refusal, c: Context) => Response | Promise<Response>
}

/** All options of `createHonoSessions`. */
export const honoSessionsOptionNames: OptionNames<HonoSessionsOptions> = {
  peerAddress: true,
  respond: true,
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

type Middleware<Variables extends object> = MiddlewareHandler<{ Variables: Variables }>

/** Hono middleware, documented at the methods of `WebSessions` with the same names. */
export interface HonoSessions<Data> {
  /**
   * Opens an exchange for each request, sets `c.var.exchange`, and adds its headers to the response,
   * including those of `onError` and `notFound`. Refuses WebSocket handshakes of other sites (see
   * `WebSessions.webSocketGuard`). Register it before the others.
   */
  readonly exchange: Middleware<ExchangeVariables<Data>>
  /** Sets `c.var.session`. */
  readonly requireSession: Middleware<SessionVariables<Data>>
  /** The same with `skipCache`: reads the store instead of the verification cache. */
  readonly requireUncachedSession: Middleware<SessionVariables<Data>>
  /** Sets `c.var.session`. */
  readonly requireRecentAuthentication: Middleware<SessionVariables<Data>>
  /** Sets `c.var.session`. Throws `invalid-argument` when the app starts, for an invalid option. */
  requireAssurance(options: AssuranceOptions): Middleware<SessionVariables<Data>>
  /** Sets `c.var.session`; `null` for an anonymous visitor. */
  readonly optionalSession: Middleware<OptionalSessionVariables<Data>>
  readonly csrfGuard: Middleware<ExchangeVariables<Data>>
  /** For `app.use`, after `exchange`. */
  readonly corsGuard: Middleware<ExchangeVariables<Data>>
  /** Runs a guard of `WebSecurity` or of the app. */
  check(guard: ExchangeGuard<Data>): Middleware<ExchangeVariables<Data>>
  /** Sets `c.var.authentication`. */
  bearerOrSession<Bearer>(
    options: BearerOptions<Bearer>,
  ): Middleware<AuthenticationVariables<Data, Bearer>>
  /** For `app.onError`: 503 if the store failed, 429 if the client was throttled, else `null`. */
  respondToFailure(error: unknown, c: Context): Promise<Response | null>
}
