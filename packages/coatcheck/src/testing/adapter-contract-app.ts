import type { SessionEvent } from '../domain/events.ts'
import type { Flash } from '../domain/flash.ts'
import type { Clock, MonotonicClock } from '../ports/clock.ts'
import type { EventSink } from '../ports/event-sink.ts'
import type { RevocationChannel } from '../ports/revocation-channel.ts'
import type { SessionStore } from '../ports/session-store.ts'

/**
 * The middleware of the adapter that a route goes through, in this order, after
 * the exchange was opened.
 */
export type ScenarioGuard =
  | 'requireOneHost'
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
export interface ScenarioAnswer {
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
  answer(request: ScenarioRequest): Promise<ScenarioAnswer>
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
  }
  readonly web: {
    readonly baseUrl: string
    readonly keys: readonly string[]
    readonly trustedProxies: readonly string[]
    readonly clock: Clock
    readonly events: readonly EventSink[]
  }
  /** Watches the store that the test chose, and makes it fail where a scenario asks. */
  watch(store: SessionStore): SessionStore
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
export interface ScenarioWatch {
  /** The store that the test chose. What is done to it directly is told to nobody. */
  store: SessionStore | null
  readonly events: SessionEvent[]
  /** Names of the store's methods in the order of their calls. */
  readonly storeCalls: string[]
  /** Whether every method of the store fails, or which one does. */
  storeFails: boolean | string
}

const refreshing: readonly ScenarioGuard[] = [
  'requireSession',
  'requireFreshSession',
  'requireFreshSession',
  'optionalSession',
]

export const scenarioRoutes: readonly ScenarioRoute[] = [
  route('GET', '/untouched', [], async () => text('untouched')),
  route('GET', '/form', [], async ({ exchange }) => text(await exchange.csrfToken())),
  route('GET', '/optional', ['optionalSession'], whoever),
  route('GET', '/page', ['requireSession'], whoever),
  route('GET', '/sensitive', ['requireRecentAuthentication'], whoever),
  route('POST', '/sensitive', ['requireRecentAuthentication', 'csrfGuard'], whoever),
  route('DELETE', '/api/sensitive', ['requireRecentAuthentication', 'csrfGuard'], whoever),
  route('POST', '/step-up', ['csrfGuard'], async ({ exchange }) => {
    await exchange.stepUp()
    return seeOther('/sensitive')
  }),
  route('GET', '/fresh', ['requireFreshSession'], whoever),
  route('GET', '/refreshed', refreshing, whoever),
  route('POST', '/page', ['requireSession', 'csrfGuard'], async ({ body }) => text(await body())),
  route('GET', '/one-host', ['requireOneHost'], async () => text('one host')),
  route('GET', '/secure', ['requireHttps'], async () => text('secure')),
  route('POST', '/echo', ['csrfGuard'], async ({ body }) => text(await body())),
  route('POST', '/sign-in', ['csrfGuard'], async ({ exchange, body }) => {
    const fields = new URLSearchParams(await body())
    const remember = fields.get('remember') === 'on'
    await exchange.signIn({ userId: fields.get('user') ?? '', remember })
    return seeOther('/page')
  }),
  route('POST', '/sign-out', ['csrfGuard'], async ({ exchange }) => {
    await exchange.signOut()
    return seeOther('/')
  }),
  route('POST', '/rotate', ['csrfGuard'], async ({ exchange }) => {
    await exchange.rotate()
    return text('rotated')
  }),
  route('POST', '/flash', ['csrfGuard'], async ({ exchange }) => {
    await exchange.flash({ kind: 'success', message: 'Grüße; "quoted", \u{1f44b}' })
    return seeOther('/flashes')
  }),
  route('GET', '/flashes', [], async ({ exchange }) =>
    text(JSON.stringify(await exchange.takeFlashes())),
  ),
  route('GET', '/throws', [], async ({ exchange }) => {
    await exchange.csrfToken()
    throw new Error('thrown by the scenario')
  }),
  route('GET', '/redirects', [], async ({ exchange }) => {
    await exchange.csrfToken()
    return seeOther('/elsewhere')
  }),
  route('GET', '/streams', [], async ({ exchange }) => {
    await exchange.csrfToken()
    return { ...text('streamed'), streams: true }
  }),
  route('GET', '/own-headers', [], ownHeaders),
  route('GET', '/own-headers/streams', [], async (request) => ({
    ...(await ownHeaders(request)),
    streams: true,
  })),
  route('GET', '/not-modified', [], async ({ exchange }) => {
    await exchange.csrfToken()
    return { status: 304, body: '' }
  }),
  route('POST', '/unread', ['csrfGuard'], async () => text('not read')),
  route('GET', '/unguarded', [], whoever),
  route('GET', '/api/me', ['bearerOrSession'], authenticated),
  route('POST', '/api/me', ['bearerOrSession'], authenticated),
  route('DELETE', '/api/me', ['bearerOrSession'], authenticated),
  route('GET', '/api/session', ['requireSession'], whoever),
]

async function whoever({ exchange }: ScenarioRequest): Promise<ScenarioAnswer> {
  return text((await exchange.session())?.userId ?? 'nobody')
}

async function ownHeaders({ exchange }: ScenarioRequest): Promise<ScenarioAnswer> {
  await exchange.csrfToken()
  return {
    ...text('with headers of its own'),
    headers: [
      ['Set-Cookie', 'theme=dark'],
      ['Set-Cookie', 'language=de'],
      ['Cache-Control', 'public, max-age=60'],
      ['X-Route', 'its own'],
    ],
  }
}

async function authenticated({ authenticatedBy }: ScenarioRequest): Promise<ScenarioAnswer> {
  return text(authenticatedBy ?? 'nobody')
}

function route(
  method: ScenarioRoute['method'],
  path: string,
  ...[guards, answer]: [ScenarioRoute['guards'], ScenarioRoute['answer']]
): ScenarioRoute {
  return { method, path, guards, answer }
}

function text(body: string): ScenarioAnswer {
  return { status: 200, body }
}

function seeOther(location: string): ScenarioAnswer {
  return { status: 303, body: '', headers: [['Location', location]] }
}
