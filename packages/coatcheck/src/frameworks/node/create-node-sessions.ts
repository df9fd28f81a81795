import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '../../http/exchange.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import { createExchangeSlot } from './exchange-slot.ts'
import { createGuards } from './guards.ts'
import { fromIncomingMessage } from './incoming-request.ts'
import type { NodeSessions, NodeSessionsOptions } from './node-sessions.ts'
import { sendResponse } from './send-response.ts'

/** Makes the guards that join sessions to a server of `node:http` or `node:https`. */
export function createNodeSessions<Data>(
  web: WebSessions<Data>,
  { respond }: NodeSessionsOptions = {},
): NodeSessions<Data> {
  const slot = createExchangeSlot<Data>()
  const nonceKey: unique symbol = Symbol('coatcheck nonce')
  interface ResponseWithNonce extends ServerResponse {
    [nonceKey]?: string
  }

  function openExchange(request: IncomingMessage, response: ServerResponse): Exchange<Data> {
    const incoming = fromIncomingMessage(request, response)
    const exchange = web.openRequest(incoming, respond && ((refusal) => respond(refusal, request)))
    slot.attach(response, exchange)
    return exchange
  }

  const exchange: NodeSessions<Data>['exchange'] = (request, response) =>
    slot.get(response) ?? openExchange(request, response)

  return {
    ...createGuards(web, exchange),
    exchange,
    securityHeaders(response: ResponseWithNonce, profile) {
      const nonce = response[nonceKey] ?? web.createNonce()
      response[nonceKey] = nonce
      for (const [name, value] of web.securityHeaders(profile, nonce)) {
        response.setHeader(name, value)
      }
      return nonce
    },
    async respondToFailure(error, request, response) {
      if (response.headersSent) return false
      const answer = await web.respondToFailure(exchange(request, response), error)
      if (answer !== null) await sendResponse(response, answer)
      return answer !== null
    },
  }
}
