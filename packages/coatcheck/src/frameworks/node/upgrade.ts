import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange, Session } from '../../http/exchange/exchange.ts'
import { isResponse } from '../../http/is-response.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import { fromHandshake } from './incoming-request.ts'
import type { NodeSessions, NodeSessionsOptions } from './node-sessions.ts'

/** Creates the guard of the `upgrade` event, which has a socket instead of a response. */
export function createUpgrade<Data>(
  web: WebSessions<Data>,
  { respond }: NodeSessionsOptions,
): NodeSessions<Data>['upgrade'] {
  type Guard<Result> = (exchange: Exchange<Data>) => Promise<Response | Result>
  const requireSession: Guard<Session<Data>> = (exchange) =>
    web.requireSession(exchange, { touch: false })

  function open(request: IncomingMessage): Exchange<Data> {
    const respondTo =
      respond && ((refusal: Parameters<typeof respond>[0]) => respond(refusal, request))
    return web.openRequest(fromHandshake(request), respondTo)
  }

  async function runGuards<Result>(
    exchange: Exchange<Data>,
    guard: Guard<Result>,
  ): Promise<Response | Result> {
    try {
      return (await web.webSocketGuard(exchange)) ?? (await guard(exchange))
    } catch (error) {
      const answer = await web.respondToFailure(exchange, error)
      if (answer === null) throw error
      return answer
    }
  }

  function upgrade(request: IncomingMessage, socket: Duplex): Promise<Session<Data> | null>
  function upgrade<Result extends object>(
    request: IncomingMessage,
    socket: Duplex,
    guard: Guard<Result>,
  ): Promise<Result | null>
  async function upgrade(
    request: IncomingMessage,
    socket: Duplex,
    guard: Guard<object> = requireSession,
  ): Promise<object | null> {
    // Node has removed its own listener, and an error without one ends the process.
    socket.on('error', ignore)
    try {
      const result = await runGuards(open(request), guard)
      if (isResponse(result)) await refuse(socket, result)
      else if (!socket.destroyed) {
        socket.off('error', ignore)
        return result
      }
      return null
    } catch (error) {
      await refuse(socket, new Response(null, { status: 500 }))
      throw error
    }
  }

  return upgrade
}

function ignore(): void {
  // The client has closed the connection, and the socket is destroyed.
}

/** Sends a response on the socket of a handshake, and destroys the socket. */
async function refuse(socket: Duplex, answer: Response): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer())
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`)
  const head = [
    `HTTP/1.1 ${answer.status} ${answer.statusText}`,
    ...headers,
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  socket.once('finish', () => socket.destroy())
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]))
}
