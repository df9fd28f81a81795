import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { createWebSessions } from '../../http/create-web-sessions.ts'
import { createSessions } from '../../sessions/create-sessions.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'
import type {
  AdapterScenarioApp,
  ScenarioGuard,
  ScenarioRoute,
  StartedAdapter,
} from '../../testing/adapter/app.ts'
import { describeAdapterContract } from '../../testing/adapter/contract.ts'
import { createWebSecurity } from '../../web-security/create-web-security.ts'
import { createHonoSessions } from './create-hono-sessions.ts'
import type { AuthenticationVariables, HonoSessions } from './hono-sessions.ts'

interface Env {
  Variables: Partial<AuthenticationVariables<object, string>>
}

describeAdapterContract('the Hono adapter on @hono/node-server', startHono)

async function startHono(scenario: AdapterScenarioApp): Promise<StartedAdapter> {
  const store = scenario.observeStore(createMemorySessionStore())
  const sessions = createSessions<object>({ ...scenario.sessions, store, data: { initial: {} } })
  const adapter = createHonoSessions(createWebSessions(sessions, scenario.web), {
    peerAddress: (c) => getConnInfo(c).remote.address ?? null,
  })
  const server = serve({ fetch: buildApp(scenario, adapter).fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      await new Promise((resolve) => server.close(resolve))
      await sessions.close()
    },
  }
}

function buildApp(scenario: AdapterScenarioApp, adapter: HonoSessions<object>): Hono<Env> {
  const security = createWebSecurity(scenario.web)
  const guards: Record<ScenarioGuard, MiddlewareHandler> = {
    requireSingleHostHeader: adapter.check(security.requireSingleHostHeader),
    requireHttps: adapter.check(security.requireHttps),
    requireSession: adapter.requireSession,
    requireUncachedSession: adapter.requireUncachedSession,
    requireRecentAuthentication: adapter.requireRecentAuthentication,
    optionalSession: adapter.optionalSession,
    csrfGuard: adapter.csrfGuard,
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
  const result = await route.handle({ exchange, body, authenticatedBy })
  const headers = (result.headers ?? []).map(([name, value]): [string, string] => [name, value])
  const isEmpty = result.status === 304
  const content = result.streams === true ? new Blob([result.body]).stream() : result.body
  return new Response(isEmpty ? null : content, { status: result.status, headers })
}
