import type { ServerResponse } from 'node:http'

/** Headers that tell of a body which a route had begun to prepare. */
const entityHeaders = [
  'Content-Encoding',
  'Content-Range',
  'ETag',
  'Last-Modified',
  'Transfer-Encoding',
]

/** Writes a web-standard response. */
export async function sendResponse(response: ServerResponse, answer: Response): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer())
  for (const name of entityHeaders) if (response.hasHeader(name)) response.removeHeader(name)
  for (const [name, value] of answer.headers) {
    if (name === 'set-cookie') response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  response.setHeader('Content-Length', body.byteLength)
  response.statusCode = answer.status
  response.end(body)
}
