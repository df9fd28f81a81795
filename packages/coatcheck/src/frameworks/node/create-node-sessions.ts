import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '../../http/exchange.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import { createExchangeSlot } from './exchange-slot.ts'
import { fromIncomingMessage } from './incoming-request.ts'
import type { NodeSessions, NodeSessionsOptions } from './node-sessions.ts'
import { sendResponse } from './send-response.ts'

/** Creates the guards that connect sessions to a server of `node:http` or `node:https`. */
export function createNodeSessions<Data>(
  web: WebSessions<Data>,
  { respond }: NodeSessionsOptions = {},
): NodeSessions<Data> {
  const slot = createExchangeSlot<Data>()

  function openExchange(request: IncomingMessage, response: ServerResponse): Exchange<Data> {
    const incoming = fromIncomingMessage(request, response)
    const exchange = web.openRequest(incoming, respond && ((refusal) => respond(refusal, request)))
    slot.attach(response, exchange)
    return exchange
  }

  const exchange: NodeSessions<Data>['exchange'] = (request, response) =>
    slot.get(response) ?? openExchange(request, response)

  const check: NodeSessions<Data>['check'] = async (request, response, guard) => {
    const refusal = await guard(exchange(request, response))
    if (refusal !== null) await sendResponse(response, refusal)
    return refusal === null
  }

  return {
    exchange,
    check,
    csrfGuard: (request, response) => check(request, response, web.csrfGuard),
    async requireSession(request, response, options) {
      const result = await web.requireSession(exchange(request, response), options)
      return result instanceof Response ? sendResponse(response, result) : result
    },
    async requireRecentAuthentication(request, response) {
      const result = await web.requireRecentAuthentication(exchange(request, response))
      return result instanceof Response ? sendResponse(response, result) : result
    },
    async optionalSession(request, response) {
      const result = await web.optionalSession(exchange(request, response))
      return result instanceof Response ? sendResponse(response, result) : { session: result }
    },
    async bearerOrSession(request, response, bearerOptions) {
      const result = await web.bearerOrSession(exchange(request, response), bearerOptions)
      return result instanceof Response ? sendResponse(response, result) : result
    },
    async respondToFailure(error, request, response) {
      if (response.headersSent) return false
      const answer = await web.respondToFailure(exchange(request, response), error)
      if (answer !== null) await sendResponse(response, answer)
      return answer !== null
    },
  }
}
