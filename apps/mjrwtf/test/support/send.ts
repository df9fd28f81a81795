import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

/** An array, because `fetch` cannot send the same header twice. */
/** In bytes: the longest destination, encoded, in a redirect. */
const maxHeaderSize = 256 * 1024

export type RawHeaders = readonly (readonly [name: string, value: string])[]

export interface TestRequest {
  readonly method?: string
  readonly headers?: RawHeaders
  readonly body?: string | Uint8Array
}

export interface TestResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
  readonly body: string
  /** Target of a redirect; empty if there is none. */
  readonly location: string
  /** The body as JSON. Throws if it is not JSON. */
  json(): unknown
}

/** Sends exactly the given headers, plus Content-Length for a body; `fetch` would add others. */
export function sendTo(
  port: number,
  path: string,
  testRequest: TestRequest = {},
): Promise<TestResponse> {
  const { method = 'GET', headers = [], body } = testRequest
  const headerNames = new Set(headers.map(([name]) => name.toLowerCase()))
  const hasLength = headerNames.has('content-length') || headerNames.has('transfer-encoding')
  const length: RawHeaders =
    body === undefined || hasLength ? [] : [['Content-Length', String(Buffer.byteLength(body))]]
  const all = [...length, ...headers]
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, agent: false as const }
    const outgoing = request({ ...options, maxHeaderSize, headers: all.flat() }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const { statusCode, headers: received } = incoming
        resolve(toResponse(statusCode ?? 0, received, Buffer.concat(chunks).toString()))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

export function toResponse(
  status: number,
  headers: IncomingHttpHeaders,
  body: string,
): TestResponse {
  return {
    status,
    headers,
    setCookies: headers['set-cookie'] ?? [],
    body,
    location: headers.location ?? '',
    json: () => JSON.parse(body),
  }
}

/** Sends raw text and returns everything the server sends until it closes the connection. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}
