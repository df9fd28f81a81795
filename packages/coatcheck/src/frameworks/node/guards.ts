import type { ServerResponse } from 'node:http'
import type { WebSessions } from '../../http/web-sessions.ts'
import type { NodeSessions } from './node-sessions.ts'
import { sendResponse } from './send-response.ts'

/** The guards, each passed on as it is: what they decide is the core's business. */
export function createGuards<Data>(
  web: WebSessions<Data>,
  exchange: NodeSessions<Data>['exchange'],
): Omit<NodeSessions<Data>, 'exchange' | 'securityHeaders' | 'respondToFailure'> {
  return {
    async requireSession(request, response, options) {
      const result = await web.requireSession(exchange(request, response), options)
      return result instanceof Response ? sendRefusal(response, result) : result
    },
    async requireRecentAuthentication(request, response) {
      const result = await web.requireRecentAuthentication(exchange(request, response))
      return result instanceof Response ? sendRefusal(response, result) : result
    },
    async optionalSession(request, response) {
      const result = await web.optionalSession(exchange(request, response))
      return result instanceof Response ? sendRefusal(response, result) : { session: result }
    },
    async bearerOrSession(request, response, bearerOptions) {
      const result = await web.bearerOrSession(exchange(request, response), bearerOptions)
      return result instanceof Response ? sendRefusal(response, result) : result
    },
    csrfGuard: async (request, response) =>
      passUnlessRefused(response, await web.csrfGuard(exchange(request, response))),
    enforceResourceIsolation: async (request, response) =>
      passUnlessRefused(response, await web.enforceResourceIsolation(exchange(request, response))),
    requireSingleHostHeader: async (request, response) =>
      passUnlessRefused(response, await web.requireSingleHostHeader(exchange(request, response))),
    requireHttps: async (request, response) =>
      passUnlessRefused(response, await web.requireHttps(exchange(request, response))),
    redirectToBaseUrl: async (request, response) =>
      passUnlessRefused(response, web.redirectToBaseUrl(exchange(request, response).request)),
  }
}

/** Writes the answer of a guard that has something to offer otherwise. */
async function sendRefusal(response: ServerResponse, refusal: Response): Promise<null> {
  await sendResponse(response, refusal)
  return null
}

/** Whether a guard lets the request pass; `false` once its refusal is written. */
async function passUnlessRefused(
  response: ServerResponse,
  refusal: Response | null,
): Promise<boolean> {
  if (refusal !== null) await sendResponse(response, refusal)
  return refusal === null
}
