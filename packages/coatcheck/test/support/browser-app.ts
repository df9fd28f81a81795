import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSessions } from 'coatcheck'
import { createWebSessions, type WebSessionsOptions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createNodeSessions, type NodeSessions } from 'coatcheck/node'
import { createWebSecurity } from 'coatcheck/web-security'
import { type NodeServer, serveNode } from './node-server.ts'

/** An app that is attacked through a browser, with pages and an API. */
export interface BrowserApp extends AsyncDisposable {
  /** Origin of the app: `localhost` and a port. */
  readonly origin: string
  /** Method, path and status of every request that could change something, in order of completion. */
  readonly attempts: readonly string[]
  /** The changes that were made, by path. */
  readonly changes: readonly string[]
}

type Pair = readonly [request: IncomingMessage, response: ServerResponse]

interface Routed {
  readonly guard: NodeSessions<object>
  readonly changes: string[]
}

/** Starts the app. `optionsFor` returns the options that the tests are about. */
export async function startBrowserApp(
  options: Pick<WebSessionsOptions, 'csrf' | 'trustedOrigins'>,
): Promise<BrowserApp> {
  const attempts: string[] = []
  const changes: string[] = []
  let handle: (...pair: Pair) => Promise<unknown> = async () => {}
  const server: NodeServer = await serveNode((request, response) => {
    response.on('finish', () => {
      const isSafe = request.method === 'GET' || request.method === 'OPTIONS'
      if (!isSafe) attempts.push(`${request.method} ${request.url} ${response.statusCode}`)
    })
    return handle(request, response)
  }, 'localhost')
  const origin = `http://localhost:${server.port}`
  const sessions = createSessions({ store: createMemorySessionStore(), data: { initial: {} } })
  const keys = ['a key of the browser tests, of 32 bytes or more']
  const guard = createNodeSessions(
    createWebSessions(sessions, { baseUrl: origin, keys, ...options }),
  )
  const { csrf: _, ...securityOptions } = options
  const security = createWebSecurity({ baseUrl: origin, ...securityOptions })
  handle = async (...pair) => {
    if (!(await guard.corsGuard(...pair))) return
    if (!(await guard.check(...pair, security.enforceResourceIsolation))) return
    await route({ guard, changes }, pair)
  }
  return {
    origin,
    attempts,
    changes,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await sessions.close()
    },
  }
}

async function route({ guard, changes }: Routed, pair: Pair): Promise<unknown> {
  const [request, response] = pair
  const { method, url = '' } = request
  const exchange = guard.exchange(...pair)
  if (method === 'GET' && url.startsWith('/form')) {
    if (url.includes('no-referrer')) response.setHeader('Referrer-Policy', 'no-referrer')
    return respondWithForm(response, await exchange.csrfToken())
  }
  if (method === 'GET' && url === '/api/token') return response.end(await exchange.csrfToken())
  if (method === 'GET') {
    const session = await guard.requireSession(...pair)
    return session && response.end(session.userId)
  }
  if (!(await guard.csrfGuard(...pair))) return
  if (url.endsWith('/sign-in')) await exchange.signIn({ userId: 'ada' })
  changes.push(url)
  return response.end(`changed ${url}`)
}

function respondWithForm(response: ServerResponse, token: string): void {
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><title>Form</title>
    <form method="post" action="/change">
      <input type="hidden" name="csrf_token" value="${token}"><button>Change</button>
    </form>`)
}
