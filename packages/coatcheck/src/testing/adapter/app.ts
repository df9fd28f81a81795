import type { SessionEvent } from '../../domain/events.ts'
import type { Flash } from '../../domain/flash.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { Clock, MonotonicClock } from '../../ports/clock.ts'
import type { EventSink } from '../../ports/event-sink.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { SessionStore } from '../../ports/session-store.ts'

/**
 * The middleware of the adapter that a route goes through, in this order, after
 * the exchange was opened.
 */
export type ScenarioGuard =
  | 'requireSingleHostHeader'
  | 'requireHttps'
  | 'requireSession'
  | 'requireFreshSession'
  | 'requireRecentAuthentication'
  | 'optionalSession'
  | 'csrfGuard'
  | 'bearerOrSession'

/** The slice of an exchange that the routes use. */
export interface ScenarioExchange {
  session(): Promise<{ readonly userId: string } | null>
  csrfToken(): Promise<string>
  form(): Promise<FormData | null>
  signIn(signIn: { readonly userId: string; readonly remember?: boolean }): Promise<unknown>
  signOut(): Promise<void>
  rotate(): Promise<unknown>
  stepUp(): Promise<unknown>
  flash(flash: Flash): Promise<void>
  takeFlashes(): Promise<readonly Flash[]>
}

/** What a route is given. */
export interface ScenarioRequest {
  readonly exchange: ScenarioExchange
  /** The body as text, read the way that routes of the framework read it. */
  readonly body: () => Promise<string>
  /** What `bearerOrSession` offered: the bearer, or `session`. */
  readonly authenticatedBy: string | null
}

/** What a route answers. */
export interface ScenarioRouteResponse {
  readonly status: number
  readonly body: string
  /** Set by the route itself, the way of the framework; a name may come twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Sends the headers before the body, and the body as a stream, the way of the framework. */
  readonly streams?: boolean
}

/** One route of the app, behind its guards. */
export interface ScenarioRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly guards: readonly ScenarioGuard[]
  /** Rejects where the route is meant to throw: leave that to the framework's error handler. */
  handle(request: ScenarioRequest): Promise<ScenarioRouteResponse>
}

/**
 * The app that an adapter's test builds in its framework: each route behind its guards, an
 * error handler that answers a store's failure as the adapter does and everything else with
 * 500, and a 404 for the rest. Options are to be handed to `createSessions` and
 * `createWebSessions` as they are.
 */
export interface AdapterScenarioApp {
  readonly routes: readonly ScenarioRoute[]
  readonly sessions: {
    readonly clock: Clock
    readonly events: readonly EventSink[]
    /** In some scenarios. */
    readonly cache?: {
      readonly channel: RevocationChannel
      readonly monotonicClock: MonotonicClock
    }
    /** In some scenarios. */
    readonly unknownTokens?: { readonly limit: number; readonly window: Milliseconds }
  }
  readonly web: {
    readonly baseUrl: string
    readonly keys: readonly string[]
    readonly trustedProxies: readonly string[]
    readonly clock: Clock
    readonly events: readonly EventSink[]
  }
  /** Watches the store that the test chose, and makes it fail where a scenario asks. */
  observeStore(store: SessionStore): SessionStore
  /** For `bearerOrSession`. */
  verifyBearer(token: string): Promise<string | null>
}

/** A server that listens on a port of 127.0.0.1. */
export interface StartedAdapter {
  readonly port: number
  close(): Promise<void>
}

/** Builds the app in a framework and serves it. */
export type StartAdapter = (app: AdapterScenarioApp) => Promise<StartedAdapter>

/** The bearer token that the scenarios know. */
export const scenarioBearer = 'a-bearer-token-of-the-contract'

/** What a scenario sees of the inside. */
export interface ScenarioProbe {
  /** The store that the test chose. What is done to it directly is told to nobody. */
  store: SessionStore | null
  readonly events: SessionEvent[]
  /** Names of the store's methods in the order of their calls. */
  readonly storeCalls: string[]
  /** Whether every method of the store fails, or which one does. */
  storeFails: boolean | string
}
