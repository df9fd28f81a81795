import type { IncomingMessage, ServerResponse } from 'node:http'
import { drainWhenFinished } from './incoming-request.ts'

/** Headers that describe a body which the route has begun to prepare. */
const entityHeaders = [
  'Content-Encoding',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Transfer-Encoding',
]

/** Writes a web-standard response. Resolves to `null`, the result of a guard that refused. */
export async function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Response,
): Promise<null> {
  const body = Buffer.from(await answer.arrayBuffer())
  for (const name of entityHeaders) if (response.hasHeader(name)) response.removeHeader(name)
  for (const [name, value] of answer.headers) {
    if (name === 'set-cookie') response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  response.setHeader('Content-Length', body.byteLength)
  response.statusCode = answer.status
  drainWhenFinished(request, response)
  response.end(body)
  return null
}
