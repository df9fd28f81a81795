import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '../../http/exchange.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import { createExchangeSlot } from './exchange-slot.ts'
import { createGuards } from './guards.ts'
import type { NodeSessions, NodeSessionsOptions } from './node-sessions.ts'
import { sliceOfIncoming } from './request-slice.ts'
import { sendResponse } from './send-response.ts'

/** Makes the guards that join sessions to a server of `node:http` or `node:https`. */
export function createNodeSessions<Data>(
  web: WebSessions<Data>,
  { respond }: NodeSessionsOptions = {},
): NodeSessions<Data> {
  const slot = createExchangeSlot<Data>()
  const nonces: unique symbol = Symbol('coatcheck nonce')
  interface Dressed extends ServerResponse {
    [nonces]?: string
  }

  function open(request: IncomingMessage, response: ServerResponse): Exchange<Data> {
    const slice = sliceOfIncoming(request, response)
    const exchange = web.openSlice(slice, respond && ((refusal) => respond(refusal, request)))
    slot.put(response, exchange)
    return exchange
  }

  const exchange: NodeSessions<Data>['exchange'] = (request, response) =>
    slot.find(response) ?? open(request, response)

  return {
    ...createGuards(web, exchange),
    exchange,
    securityHeaders(response: Dressed, profile) {
      const nonce = response[nonces] ?? web.createNonce()
      response[nonces] = nonce
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
