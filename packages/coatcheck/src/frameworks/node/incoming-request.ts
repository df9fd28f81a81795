import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IncomingRequest } from '../../http/incoming-request.ts'
import { readBody } from './read-body.ts'

/** Adapts a request of Node's server. */
export function fromIncomingMessage(
  request: IncomingMessage,
  response: ServerResponse,
): IncomingRequest {
  const { method = 'GET', url = '/', rawHeaders, socket } = request
  const headers = { get: (name: string) => headerValue(rawHeaders, name) }
  return {
    head: { method, url, headers },
    peerAddress: socket.remoteAddress ?? null,
    isEncrypted: 'encrypted' in socket && socket.encrypted === true,
    readBody: (limit) => readBody({ request, response, headers }, limit),
  }
}

/**
 * Returns the value of a header in Node's `rawHeaders`, repeated ones joined, or `null`. Node's own
 * `headers` keeps the first Host, Authorization or Content-Type and drops the second.
 */
export function headerValue(rawHeaders: readonly string[], name: string): string | null {
  const lowerCaseName = name.toLowerCase()
  let value: string | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index] ?? ''
    if (candidate.length !== lowerCaseName.length || candidate.toLowerCase() !== lowerCaseName)
      continue
    const next = rawHeaders[index + 1] ?? ''
    value = value === null ? next : `${value}${lowerCaseName === 'cookie' ? '; ' : ', '}${next}`
  }
  return value
}
