import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingRequest } from '../../http/incoming-request.ts'
import { headerValue } from './raw-headers.ts'
import { readBody } from './read-body.ts'

/** The slice of a request of Node's server. */
export function fromIncomingMessage(
  request: IncomingMessage,
  response: ServerResponse,
): IncomingRequest {
  const { method = 'GET', url = '/', rawHeaders, socket } = request
  return {
    head: { method, url, headers: { get: (name) => headerValue(rawHeaders, name) } },
    peerAddress: socket.remoteAddress ?? null,
    isEncrypted: 'encrypted' in socket && socket.encrypted === true,
    readBody: (limit) => readBody(request, response, limit),
  }
}
