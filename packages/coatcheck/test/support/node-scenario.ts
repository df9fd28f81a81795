import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSessions } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createNodeSessions, type NodeSessions } from 'coatcheck/node'
import type {
  AdapterScenarioApp,
  ScenarioGuard,
  ScenarioRoute,
  ScenarioRouteResponse,
  StartedAdapter,
} from 'coatcheck/testing-contracts'
import { createWebSecurity } from 'coatcheck/web-security'

/** Starts a scenario of the adapter contract with `node:http`. */
export async function startNode(scenario: AdapterScenarioApp): Promise<StartedAdapter> {
  const store = scenario.observeStore(createMemorySessionStore())
  const sessions = createSessions<object>({ ...scenario.sessions, store, data: { initial: {} } })
  const guard = createNodeSessions(createWebSessions(sessions, scenario.web))
  const server = createServer((request, response) => handle(scenario, guard, [request, response]))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    closeSessions: sessions.close,
    async close() {
      await new Promise((resolve) => server.close(resolve))
      await sessions.close()
    },
  }
}

type Pair = readonly [IncomingMessage, ServerResponse]

async function handle(
  scenario: AdapterScenarioApp,
  guard: NodeSessions<object>,
  [request, response]: Pair,
): Promise<void> {
  try {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const path = request.url?.split('?', 1)[0]
    const route = scenario.routes.find((each) => each.method === method && each.path === path)
    if (route === undefined) response.writeHead(404).end()
    else await answer(scenario, guard, { route, pair: [request, response] })
  } catch (error) {
    if (!(await guard.respondToFailure(error, request, response))) response.writeHead(500).end()
  }
}

async function answer(
  scenario: AdapterScenarioApp,
  guard: NodeSessions<object>,
  { route, pair }: { readonly route: ScenarioRoute; readonly pair: Pair },
): Promise<void> {
  const [request, response] = pair
  let authenticatedBy: string | null = null
  const security = createWebSecurity(scenario.security)
  const guards: Record<ScenarioGuard, () => Promise<unknown>> = {
    requireSingleHostHeader: () => guard.check(...pair, security.requireSingleHostHeader),
    requireHttps: () => guard.check(...pair, security.requireHttps),
    requireSession: () => guard.requireSession(...pair),
    requireUncachedSession: () => guard.requireSession(...pair, { skipCache: true }),
    requireRecentAuthentication: () => guard.requireRecentAuthentication(...pair),
    optionalSession: () => guard.optionalSession(...pair),
    csrfGuard: () => guard.csrfGuard(...pair),
    corsGuard: () => guard.corsGuard(...pair),
    enforceResourceIsolation: () => guard.check(...pair, security.enforceResourceIsolation),
    async provideForm() {
      const fields = new URLSearchParams(await readText(request))
      guard.exchange(...pair).provideForm(Object.fromEntries(fields))
      return true
    },
    async bearerOrSession() {
      const authentication = await guard.bearerOrSession(...pair, {
        verifyBearer: scenario.verifyBearer,
      })
      authenticatedBy =
        authentication?.credential === 'bearer'
          ? authentication.bearer
          : (authentication?.credential ?? null)
      return authentication
    },
  }
  for (const name of route.guards) if (!(await guards[name]())) return
  const exchange = guard.exchange(...pair)
  const body = () => readText(request)
  const readBytes = (count: number) => readBytesOf(request, count)
  write(response, await route.handle({ exchange, body, readBytes, authenticatedBy }))
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
