import { createSessions } from 'coatcheck'
import {
  type AuthenticationVariables,
  coatcheck,
  createHonoSessions,
  type HonoCoatcheck,
  type HonoSessions,
} from 'coatcheck/hono'
import { createWebSessions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import type {
  AdapterScenarioApp,
  ScenarioGuard,
  ScenarioRoute,
  StartAdapter,
  StartedAdapter,
} from 'coatcheck/testing-contracts'
import { createWebSecurity } from 'coatcheck/web-security'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { toCoatcheckOptions } from './to-coatcheck-options.ts'

interface Env {
  Variables: Partial<AuthenticationVariables<object, string>>
}

/** How a runtime serves a Hono app on a loopback port. */
export interface HonoRuntime {
  readonly peerAddress: (c: Context) => string | null
  serve(app: Hono<Env>): Promise<Omit<StartedAdapter, 'closeSessions'>>
}

/** Starts scenarios of the adapter contract with Hono. */
export function startHono(runtime: HonoRuntime): StartAdapter {
  return async (scenario) => {
    const store = scenario.observeStore(createMemorySessionStore())
    const sessions = createSessions<object>({ ...scenario.sessions, store, data: { initial: {} } })
    const { peerAddress } = runtime
    const adapter = createHonoSessions(createWebSessions(sessions, scenario.web), { peerAddress })
    const server = await runtime.serve(buildApp(scenario, adapter))
    return {
      port: server.port,
      closeSessions: sessions.close,
      async close() {
        await server.close()
        await sessions.close()
      },
    }
  }
}

/** Starts scenarios with `coatcheck`, whose `protect` replaces the guards that every request passes. */
export function startHonoCoatcheck(runtime: Pick<HonoRuntime, 'serve'>): StartAdapter {
  return async (scenario) => {
    const auth = coatcheck<object>(toCoatcheckOptions(scenario))
    const server = await runtime.serve(buildProtectedApp(scenario, auth))
    return {
      port: server.port,
      closeSessions: auth.close,
      async close() {
        await server.close()
        await auth.close()
      },
    }
  }
}

function buildProtectedApp(scenario: AdapterScenarioApp, auth: HonoCoatcheck<object>): Hono<Env> {
  const pass: MiddlewareHandler = (_c, next) => next()
  const guards: Record<ScenarioGuard, MiddlewareHandler> = {
    requireValidHost: pass,
    requireHttps: pass,
    csrfGuard: pass,
    corsGuard: pass,
    enforceResourceIsolation: pass,
    provideForm: pass,
    requireSession: auth.requireSession,
    requireUncachedSession: auth.requireUncachedSession,
    requireRecentAuthentication: auth.requireRecentAuthentication,
    requireLevelTwo: auth.requireAssurance({ level: 2 }),
    requireRecentLevelTwo: auth.requireAssurance({ level: 2, within: '10m' }),
    optionalSession: auth.optionalSession,
    bearerOrSession: auth.bearerOrSession({ verifyBearer: scenario.verifyBearer }),
  }
  const app = new Hono<Env>()
  app.use(auth.protect)
  for (const route of scenario.routes) {
    const chain = route.guards.map((name) => guards[name])
    app.on(route.method, [route.path], ...chain, (c) => answer(c, route))
  }
  // It knows nothing of sessions: `protect` replaces its response if the store failed.
  app.onError(() => new Response('', { status: 500 }))
  return app
}

function buildApp(scenario: AdapterScenarioApp, adapter: HonoSessions<object>): Hono<Env> {
  const security = createWebSecurity(scenario.security)
  const guards: Record<ScenarioGuard, MiddlewareHandler> = {
    requireValidHost: adapter.check(security.requireValidHost),
    requireHttps: adapter.check(security.requireHttps),
    requireSession: adapter.requireSession,
    requireUncachedSession: adapter.requireUncachedSession,
    requireRecentAuthentication: adapter.requireRecentAuthentication,
    requireLevelTwo: adapter.requireAssurance({ level: 2 }),
    requireRecentLevelTwo: adapter.requireAssurance({ level: 2, within: '10m' }),
    optionalSession: adapter.optionalSession,
    csrfGuard: adapter.csrfGuard,
    corsGuard: adapter.corsGuard,
    enforceResourceIsolation: adapter.check(security.enforceResourceIsolation),
    provideForm: async (c, next) => {
      c.get('exchange').provideForm(await c.req.parseBody())
      return next()
    },
    bearerOrSession: adapter.bearerOrSession({ verifyBearer: scenario.verifyBearer }),
  }
  const app = new Hono<Env>()
  app.use(adapter.exchange)
  for (const route of scenario.routes) {
    const chain = route.guards.map((name) => guards[name])
    app.on(route.method, [route.path], ...chain, (c) => answer(c, route))
  }
  app.onError(
    async (error, c) =>
      (await adapter.respondToFailure(error, c)) ?? new Response('', { status: 500 }),
  )
  return app
}

async function answer(c: Context<Env>, route: ScenarioRoute): Promise<Response> {
  const { exchange, authentication } = c.var
  if (exchange === undefined) throw new Error('no exchange')
  const authenticatedBy =
    authentication?.credential === 'bearer'
      ? authentication.bearer
      : (authentication?.credential ?? null)
  const body = () => c.req.text()
  const readBytes = (count: number) => readBytesOf(c.req.raw.body, count)
  const result = await route.handle({ exchange, body, readBytes, authenticatedBy })
  const headers = (result.headers ?? []).map(([name, value]): [string, string] => [name, value])
  const isEmpty = result.status === 304
  const content = result.streams === true ? new Blob([result.body]).stream() : result.body
  return new Response(isEmpty ? null : content, { status: result.status, headers })
}

async function readBytesOf(
  body: ReadableStream<Uint8Array> | null,
  count: number,
): Promise<number> {
  const reader = body?.getReader()
  let length = 0
  while (length < count) {
    const read = await reader?.read()
    if (read === undefined || read.done) break
    length += read.value.byteLength
  }
  return length
}
