import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSessions } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { coatcheck, createNodeSessions, type NodeSessions } from 'coatcheck/node'
import type {
  AdapterScenarioApp,
  ScenarioGuard,
  ScenarioRequest,
  ScenarioRoute,
  ScenarioRouteResponse,
  StartedAdapter,
} from 'coatcheck/testing-contracts'
import { createWebSecurity } from 'coatcheck/web-security'
import { toCoatcheckOptions } from './to-coatcheck-options.ts'

/** A request of Node's server and its response. */
export type Pair = readonly [IncomingMessage, ServerResponse]

/** The guards of `coatcheck/node` for a scenario of the adapter contract. */
export interface NodeScenario {
  readonly guard: NodeSessions<object>
  /**
   * Runs the guards of a route. Resolves to how the request was authenticated, or to `null` if a guard
   * has responded.
   */
  runGuards(route: ScenarioRoute, pair: Pair): Promise<GuardedRequest | null>
  closeSessions(): Promise<void>
}

export type GuardedRequest = Pick<ScenarioRequest, 'exchange' | 'authenticatedBy'>

export function createNodeScenario(scenario: AdapterScenarioApp): NodeScenario {
  const store = scenario.observeStore(createMemorySessionStore())
  const sessions = createSessions<object>({ ...scenario.sessions, store, data: { initial: {} } })
  const guard = createNodeSessions(createWebSessions(sessions, scenario.web))
  return createScenarioWith(scenario, { guard, closeSessions: sessions.close })
}

function createScenarioWith(
  scenario: AdapterScenarioApp,
  { guard, closeSessions }: Pick<NodeScenario, 'guard' | 'closeSessions'>,
): NodeScenario {
  const security = createWebSecurity(scenario.security)

  function guardsFor(
    pair: Pair,
    onAuthentication: (by: string) => void,
  ): Record<ScenarioGuard, () => Promise<unknown>> {
    return {
      requireValidHost: () => guard.check(...pair, security.requireValidHost),
      requireHttps: () => guard.check(...pair, security.requireHttps),
      requireSession: () => guard.requireSession(...pair),
      requireUncachedSession: () => guard.requireSession(...pair, { skipCache: true }),
      requireRecentAuthentication: () => guard.requireRecentAuthentication(...pair),
      requireLevelTwo: () => guard.requireAssurance(...pair, { level: 2 }),
      requireRecentLevelTwo: () => guard.requireAssurance(...pair, { level: 2, within: '10m' }),
      optionalSession: () => guard.optionalSession(...pair),
      csrfGuard: () => guard.csrfGuard(...pair),
      corsGuard: () => guard.corsGuard(...pair),
      enforceResourceIsolation: () => guard.check(...pair, security.enforceResourceIsolation),
      async provideForm() {
        const fields = new URLSearchParams(await readText(pair[0]))
        guard.exchange(...pair).provideForm(Object.fromEntries(fields))
        return true
      },
      async bearerOrSession() {
        const result = await guard.bearerOrSession(...pair, { verifyBearer: scenario.verifyBearer })
        if (result !== null) {
          onAuthentication(result.credential === 'bearer' ? result.bearer : result.credential)
        }
        return result
      },
    }
  }

  return {
    guard,
    async runGuards(route, pair) {
      let authenticatedBy: string | null = null
      const guards = guardsFor(pair, (by) => {
        authenticatedBy = by
      })
      for (const name of route.guards) if (!(await guards[name]())) return null
      return { exchange: guard.exchange(...pair), authenticatedBy }
    },
    closeSessions,
  }
}

/** Starts a scenario of the adapter contract with `node:http`. */
export function startNode(app: AdapterScenarioApp): Promise<StartedAdapter> {
  const scenario = createNodeScenario(app)
  return listen(
    createServer((request, response) => handle(app, scenario, [request, response])),
    scenario,
  )
}

/** Starts a scenario with `coatcheck`, whose `handler` replaces the guards that every request passes. */
export function startNodeCoatcheck(app: AdapterScenarioApp): Promise<StartedAdapter> {
  const auth = coatcheck<object>(toCoatcheckOptions(app))
  const passed = async () => true
  const guard: NodeSessions<object> = {
    ...auth,
    check: passed,
    csrfGuard: passed,
    corsGuard: passed,
    // `handler` has read the form by now; an app would provide one before.
    exchange: (...pair) => ({ ...auth.exchange(...pair), provideForm() {} }),
  }
  const scenario = createScenarioWith(app, { guard, closeSessions: auth.close })
  const route = (...pair: Pair) => answerRoute(app, scenario, pair)
  return listen(createServer(auth.handler(route, () => {})), scenario)
}

/** Listens on a loopback port. */
export async function listen(server: Server, scenario: NodeScenario): Promise<StartedAdapter> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    closeSessions: scenario.closeSessions,
    async close() {
      await new Promise((resolve) => server.close(resolve))
      await scenario.closeSessions()
    },
  }
}

async function handle(app: AdapterScenarioApp, scenario: NodeScenario, pair: Pair): Promise<void> {
  const [, response] = pair
  try {
    await answerRoute(app, scenario, pair)
  } catch (error) {
    if (!(await scenario.guard.respondToFailure(error, ...pair))) response.writeHead(500).end()
  }
}

async function answerRoute(
  { routes }: AdapterScenarioApp,
  scenario: NodeScenario,
  pair: Pair,
): Promise<void> {
  const [request, response] = pair
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const path = request.url?.split('?', 1)[0]
  const route = routes.find((each) => each.method === method && each.path === path)
  if (route === undefined) response.writeHead(404).end()
  else await answer(scenario, route, pair)
}

async function answer(scenario: NodeScenario, route: ScenarioRoute, pair: Pair): Promise<void> {
  const guarded = await scenario.runGuards(route, pair)
  if (guarded === null) return
  const [request, response] = pair
  write(response, await route.handle({ ...guarded, ...bodyOf(request) }))
}

/** How routes of `node:http` and of Express read the body. */
export function bodyOf(request: IncomingMessage): Pick<ScenarioRequest, 'body' | 'readBytes'> {
  return {
    body: () => readText(request),
    readBytes: (count) => readBytesOf(request, count),
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

function readBytesOf(request: IncomingMessage, count: number): Promise<number> {
  return new Promise((resolve) => {
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length >= count) resolve(length)
    })
    request.on('end', () => resolve(length))
  })
}

function write(
  response: ServerResponse,
  { status, body, headers, streams }: ScenarioRouteResponse,
): void {
  response.writeHead(status, headers?.flat())
  if (streams === true) {
    response.flushHeaders()
    response.write(body)
  }
  response.end(streams === true ? '' : body)
}
