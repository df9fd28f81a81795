import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '../../http/exchange.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import { createGuards } from './guards.ts'
import type { NodeSessions, NodeSessionsOptions } from './node-sessions.ts'
import { sliceOfIncoming } from './request-slice.ts'
import { sendHeaders } from './send-headers.ts'
import { sendResponse } from './send-response.ts'

/** Makes the guards that join sessions to a server of `node:http` or `node:https`. */
export function createNodeSessions<Data>(
  web: WebSessions<Data>,
  { respond }: NodeSessionsOptions = {},
): NodeSessions<Data> {
  const exchanges = new WeakMap<IncomingMessage, Exchange<Data>>()
  const nonces = new WeakMap<ServerResponse, string>()

  function open(request: IncomingMessage, response: ServerResponse): Exchange<Data> {
    const slice = sliceOfIncoming(request, response)
    const exchange = web.openSlice(slice, respond && ((refusal) => respond(refusal, request)))
    exchanges.set(request, exchange)
    if (response.headersSent) exchange.responseHeaders()
    else sendHeaders(response, exchange.responseHeaders)
    return exchange
  }

  const exchange: NodeSessions<Data>['exchange'] = (request, response) =>
    exchanges.get(request) ?? open(request, response)

  return {
    ...createGuards(web, exchange),
    exchange,
    securityHeaders(response, profile) {
      const nonce = nonces.get(response) ?? web.createNonce()
      nonces.set(response, nonce)
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
