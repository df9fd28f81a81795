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
      const answer = await web.requireSession(exchange(request, response), options)
      return answer instanceof Response ? refuse(response, answer) : answer
    },
    async requireRecentAuthentication(request, response) {
      const answer = await web.requireRecentAuthentication(exchange(request, response))
      return answer instanceof Response ? refuse(response, answer) : answer
    },
    async optionalSession(request, response) {
      const answer = await web.optionalSession(exchange(request, response))
      return answer instanceof Response ? refuse(response, answer) : { session: answer }
    },
    async bearerOrSession(request, response, check) {
      const answer = await web.bearerOrSession(exchange(request, response), check)
      return answer instanceof Response ? refuse(response, answer) : answer
    },
    csrfGuard: async (request, response) =>
      pass(response, await web.csrfGuard(exchange(request, response))),
    refuseEmbedding: async (request, response) =>
      pass(response, await web.refuseEmbedding(exchange(request, response))),
    requireOneHost: async (request, response) =>
      pass(response, await web.requireOneHost(exchange(request, response))),
    requireHttps: async (request, response) =>
      pass(response, await web.requireHttps(exchange(request, response))),
    redirectToBaseUrl: async (request, response) =>
      pass(response, web.redirectToBaseUrl(exchange(request, response).request)),
  }
}

/** Writes the answer of a guard that has something to offer otherwise. */
async function refuse(response: ServerResponse, refusal: Response): Promise<null> {
  await sendResponse(response, refusal)
  return null
}

/** Whether a guard lets the request pass; `false` once its refusal is written. */
async function pass(response: ServerResponse, refusal: Response | null): Promise<boolean> {
  if (refusal !== null) await sendResponse(response, refusal)
  return refusal === null
}
