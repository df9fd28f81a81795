import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeErrorToConsole } from '../../setup/console-events.ts'
import { type CoatcheckBase, createSetup } from '../../setup/create-setup.ts'
import { csrfFieldHtml, toFieldPromise } from '../../setup/csrf-field.ts'
import { type CoatcheckOptions, pick } from '../../setup/options.ts'
import { createNodeSessions } from './create-node-sessions.ts'
import {
  type NodeSessions,
  type NodeSessionsOptions,
  nodeSessionsOptionNames,
} from './node-sessions.ts'
import { sendResponse } from './send-response.ts'

/** Options of `coatcheck` for `node:http`. */
export type NodeCoatcheckOptions<Data> = CoatcheckOptions<Data> & NodeSessionsOptions

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Sessions of a server of `node:http`, Express or Fastify. */
export interface NodeCoatcheck<Data>
  extends CoatcheckBase<Data>,
    Omit<NodeSessions<Data>, 'csrfGuard' | 'corsGuard'> {
  /**
   * Call it first for every request, and return if it resolves to `false`: it has responded then.
   *
   * - Sets security headers, which the route may replace: a strict CSP for pages, and `no-store`.
   * - Refuses plain http if `baseUrl` is https, several Host headers, embedding by other sites, and
   *   unsafe requests without CSRF token. Calls of the API with a bearer token need none: use
   *   `bearerOrSession` for their routes.
   *
   * `handler` calls it for you.
   */
  protect(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /**
   * Returns a listener for `createServer`. It calls `protect` and then the route. If the route rejects, it
   * responds 503 for a failing store, 429 for a throttled client and otherwise 500, and calls
   * `onError` for the last. Default: writes the error to the console.
   */
  handler(route: Handler, onError?: (error: unknown, request: IncomingMessage) => void): Handler
  /** For the attribute `nonce` of scripts and styles of the response, which do not run without it. */
  nonce(response: ServerResponse): string
  /** The hidden field that every form with method POST needs, as HTML. */
  csrfField(request: IncomingMessage, response: ServerResponse): Promise<string>
}

/** The default type of session data: none. */
type NoData = Readonly<Record<never, never>>

/**
 * Creates the sessions of a server of `node:http`. Does no I/O: the first use, or `ready()`, opens and
 * migrates the store. Throws `SessionError` of code `invalid-option`, naming the option.
 */
export function coatcheck<Data = NoData>(options: NodeCoatcheckOptions<Data>): NodeCoatcheck<Data> {
  const setup = createSetup(options, nodeSessionsOptionNames)
  const { sessions, web, ready, close } = setup
  const adapter = createNodeSessions(web, pick(options, nodeSessionsOptionNames))
  const { csrfGuard: _, corsGuard: __, ...guards } = adapter
  const nonces = createNonces(setup.createNonce)

  const protect: NodeCoatcheck<Data>['protect'] = (request, response) => {
    const exchange = guards.exchange(request, response)
    const nonce = setup.isPage(exchange.request) ? nonces.of(response) : null
    for (const [name, value] of setup.headersFor(nonce)) {
      if (!response.hasHeader(name)) response.setHeader(name, value)
    }
    return guards.check(request, response, setup.protect)
  }

  return {
    ...guards,
    sessions,
    web,
    ready,
    close,
    protect,
    nonce: nonces.of,
    csrfField: (request, response) =>
      toFieldPromise(guards.exchange(request, response).csrfToken().then(csrfFieldHtml)),
    handler:
      (route, onError = writeErrorToConsole) =>
      async (request, response) => {
        try {
          if (await protect(request, response)) await route(request, response)
        } catch (error) {
          await respondToError(guards, { error, onError, request, response })
        }
      },
  }
}

interface Failure {
  readonly error: unknown
  readonly request: IncomingMessage
  readonly response: ServerResponse
  onError(error: unknown, request: IncomingMessage): void
}

async function respondToError<Data>(
  { respondToFailure }: Pick<NodeSessions<Data>, 'respondToFailure'>,
  { error, request, response, onError }: Failure,
): Promise<void> {
  let unhandled = error
  try {
    if (await respondToFailure(error, request, response)) return
  } catch (responderError) {
    // A responder that needs the store fails with it. A rejected listener would end the process.
    unhandled = responderError
  }
  // A client that has disconnected is no error of the route.
  if (!request.destroyed || !response.destroyed) onError(unhandled, request)
  if (!response.headersSent) {
    const answer = new Response('Something went wrong.\n', { status: 500 })
    await sendResponse(request, response, answer)
  } else if (!response.writableEnded) response.destroy()
}

/** One nonce for each response, as a property of it (decision 013). */
function createNonces(createNonce: () => string) {
  const slot: unique symbol = Symbol('coatcheck nonce')
  interface SlottedResponse extends ServerResponse {
    [slot]?: string
  }
  return {
    of(response: SlottedResponse): string {
      response[slot] ??= createNonce()
      return response[slot]
    },
  }
}
