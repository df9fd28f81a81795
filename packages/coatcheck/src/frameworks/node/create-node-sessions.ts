import type { IncomingMessage, ServerResponse } from 'node:http'
import { requireFunction, requireMethods, requireOptions } from '../../domain/options.ts'
import type { Exchange } from '../../http/exchange/exchange.ts'
import { isResponse } from '../../http/is-response.ts'
import { expectedWebSessions, type WebSessions } from '../../http/web-sessions.ts'
import { createExchangeSlot } from './exchange-slot.ts'
import { drainWhenFinished, fromIncomingMessage } from './incoming-request.ts'
import {
  type NodeSessions,
  type NodeSessionsOptions,
  nodeSessionsOptionNames,
} from './node-sessions.ts'
import { sendResponse } from './send-response.ts'
import { createUpgrade } from './upgrade.ts'

/** Creates the guards that connect sessions to a server of `node:http` or `node:https`. */
export function createNodeSessions<Data>(
  web: WebSessions<Data>,
  options: NodeSessionsOptions = {},
): NodeSessions<Data> {
  requireMethods('web', web, expectedWebSessions)
  requireOptions('createNodeSessions', options, nodeSessionsOptionNames)
  const { respond } = options
  if (respond !== undefined) requireFunction('respond', respond)
  const slot = createExchangeSlot<Data>()

  function openExchange(request: IncomingMessage, response: ServerResponse): Exchange<Data> {
    const incoming = fromIncomingMessage(request, response)
    const exchange = web.openRequest(incoming, respond && ((refusal) => respond(refusal, request)))
    slot.attach(response, exchange)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead) drainWhenFinished(request, response)
    return exchange
  }

  const exchange: NodeSessions<Data>['exchange'] = (request, response) =>
    slot.get(response) ?? openExchange(request, response)

  const check: NodeSessions<Data>['check'] = async (request, response, guard) => {
    const refusal = await guard(exchange(request, response))
    if (refusal !== null) await sendResponse(request, response, refusal)
    return refusal === null
  }

  return {
    exchange,
    check,
    csrfGuard: (request, response) => check(request, response, web.csrfGuard),
    corsGuard: (request, response) => check(request, response, web.corsGuard),
    requireSession: async (request, response, options) =>
      sendIfRefused(request, response, web.requireSession(exchange(request, response), options)),
    requireRecentAuthentication: async (request, response) =>
      sendIfRefused(
        request,
        response,
        web.requireRecentAuthentication(exchange(request, response)),
      ),
    requireAssurance: async (request, response, options) =>
      sendIfRefused(request, response, web.requireAssurance(exchange(request, response), options)),
    async optionalSession(request, response) {
      const result = await web.optionalSession(exchange(request, response))
      return isResponse(result) ? sendResponse(request, response, result) : { session: result }
    },
    bearerOrSession: async (request, response, options) =>
      sendIfRefused(request, response, web.bearerOrSession(exchange(request, response), options)),
    upgrade: createUpgrade(web, options),
    async respondToFailure(error, request, response) {
      if (response.headersSent) return false
      const answer = await web.respondToFailure(exchange(request, response), error)
      if (answer !== null) await sendResponse(request, response, answer)
      return answer !== null
    },
  }
}

/** Returns the result of a guard, or sends the response that refuses the request. */
async function sendIfRefused<Result>(
  request: IncomingMessage,
  response: ServerResponse,
  guarded: Promise<Response | Result>,
): Promise<Result | null> {
  const result = await guarded
  return isResponse(result) ? sendResponse(request, response, result) : result
}
