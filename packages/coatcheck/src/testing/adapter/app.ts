import type { AuthenticationMethod } from '../../domain/authentication.ts'
import type { EventSink, SessionEvent } from '../../domain/events.ts'
import type { Flash } from '../../domain/flash.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { TimeoutOptions } from '../../domain/timeouts.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { Clock, MonotonicClock } from '../../ports/system.ts'

/** A middleware of the adapter. A route runs its guards in order, after the exchange was opened. */
export type ScenarioGuard =
  | 'requireValidHost'
  | 'requireHttps'
  | 'requireSession'
  | 'requireUncachedSession'
  | 'requireRecentAuthentication'
  /** With `{ level: 2 }`. */
  | 'requireLevelTwo'
  /** With `{ level: 2, within: '10m' }`. */
  | 'requireRecentLevelTwo'
  | 'optionalSession'
  | 'csrfGuard'
  | 'corsGuard'
  | 'enforceResourceIsolation'
  | 'bearerOrSession'
  /** Not of the adapter: parses an urlencoded body with the framework and calls `provideForm`. */
  | 'provideForm'

/** The part of a result that the routes use. */
export interface ScenarioOutcome {
  readonly status: string
  readonly reason?: string
  readonly pending?: {
    readonly userId: string
    readonly state: string | null
    readonly attemptsLeft: number
  }
}

/** The part of an exchange that the routes use. */
export interface ScenarioExchange {
  session(): Promise<{ readonly userId: string } | null>
  csrfToken(): Promise<string>
  form(): Promise<FormData | null>
  provideForm(form: object): void
  signIn(signIn: {
    readonly userId: string
    readonly remember?: boolean
    readonly methods?: readonly AuthenticationMethod[]
  }): Promise<ScenarioOutcome>
  beginSignIn(signIn: {
    readonly userId: string
    readonly methods: readonly AuthenticationMethod[]
    readonly credentialsCheckedAt: number
    readonly remember?: boolean
    readonly state?: string
  }): Promise<ScenarioOutcome>
  pendingSignIn(): Promise<ScenarioOutcome>
  attemptSignIn(): Promise<ScenarioOutcome>
  completeSignIn(completion: {
    readonly methods: readonly AuthenticationMethod[]
  }): Promise<ScenarioOutcome>
  cancelSignIn(): Promise<void>
  signOut(): Promise<void>
  rotate(): Promise<unknown>
  stepUp(stepUp?: { readonly methods: readonly AuthenticationMethod[] }): Promise<unknown>
  flash(flash: Flash): Promise<void>
  takeFlashes(): Promise<readonly Flash[]>
}

/** The input of a route. */
export interface ScenarioRequest {
  readonly exchange: ScenarioExchange
  /** Returns the body as text, read as routes of the framework read it. */
  readonly body: () => Promise<string>
  /** Reads the body as a stream until so many bytes have arrived or it ends, and returns their number. */
  readonly readBytes: (count: number) => Promise<number>
  /** The result of `bearerOrSession`: what `verifyBearer` returned, or `session`. */
  readonly authenticatedBy: string | null
}

/** The output of a route. */
export interface ScenarioRouteResponse {
  readonly status: number
  readonly body: string
  /** Headers to set with the framework's API. A name may occur twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Whether to send the headers first and then stream the body, with the framework's API. */
  readonly streams?: boolean
}

/** One route of the app, with its guards. */
export interface ScenarioRoute {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'OPTIONS'
  readonly path: string
  readonly guards: readonly ScenarioGuard[]
  /** May reject: let the framework's error handler handle the error. */
  handle(request: ScenarioRequest): Promise<ScenarioRouteResponse>
}

/**
 * The app that an adapter's test builds with its framework: the routes with their guards, an error
 * handler that responds to a store failure as the adapter does and to any other error with 500, and
 * 404 for other paths. Pass `sessions` to `createSessions` and `web` to `createWebSessions` unchanged,
 * and `security` to `createWebSecurity`.
 */
export interface AdapterScenarioApp {
  readonly routes: readonly ScenarioRoute[]
  readonly sessions: {
    readonly clock: Clock
    readonly events: readonly EventSink[]
    /** Set in some scenarios only. */
    readonly cache?: {
      readonly channel: RevocationChannel
      readonly monotonicClock: MonotonicClock
    }
    /** Set in some scenarios only. */
    readonly timeouts?: TimeoutOptions
    /** Set in some scenarios only. */
    readonly unknownTokens?: { readonly limit: number; readonly window: Milliseconds }
  }
  readonly web: {
    readonly baseUrl: string
    readonly keys: readonly string[]
    readonly trustedProxies: readonly string[]
    /** Set in some scenarios only, as the next two. */
    readonly csrf?: 'token' | 'origin'
    readonly trustedOrigins?: readonly string[]
    readonly maxFormSize?: number
    readonly clock: Clock
    readonly events: readonly EventSink[]
  }
  readonly security: {
    readonly baseUrl: string
    /** Set in some scenarios only. */
    readonly trustedOrigins?: readonly string[]
  }
  /** Wraps the store that the test created, so that scenarios can record its calls and make it fail. */
  observeStore(store: SessionStore): SessionStore
  /** Verifies bearer tokens for `bearerOrSession`. */
  verifyBearer(token: string): Promise<string | null>
}

/** A server that listens on 127.0.0.1. */
export interface StartedAdapter {
  readonly port: number
  /** Closes the sessions while the server keeps running: `close` of `Sessions`. */
  closeSessions(): Promise<void>
  close(): Promise<void>
}

/** Builds the app with a framework and serves it. */
export type StartAdapter = (app: AdapterScenarioApp) => Promise<StartedAdapter>

/** The valid bearer token of the scenarios. */
export const scenarioBearer = 'a-bearer-token-of-the-contract'

/** What a scenario observes and controls inside the server. */
export interface ScenarioProbe {
  /** The store that the test created. Direct changes to it send no notification. */
  store: SessionStore | null
  readonly events: SessionEvent[]
  /** Names of the called store methods, in order. */
  readonly storeCalls: string[]
  /** Whether every store method fails, or the name of the one that does. */
  storeFails: boolean | string
  /** Called before each call of the store, which waits for it. */
  beforeStoreCall: (() => Promise<void>) | null
}
