import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyResult, IncomingRequest, RequestHeaders } from '../../http/incoming-request.ts'
import { peerAddressOf } from '../socket-peer.ts'

/** Adapts a request of Node's server. */
export function fromIncomingMessage(
  request: IncomingMessage,
  response: ServerResponse,
): IncomingRequest {
  const { method = 'GET', socket } = request
  const headers = headersOf(request)
  return {
    head: { method, url: fullUrl(request), headers },
    peerAddress: peerAddressOf(socket),
    isEncrypted: 'encrypted' in socket && socket.encrypted === true,
    async readBody(limit) {
      if (!hasBody(request, headers)) return { status: 'read', bytes: new Uint8Array() }
      if (isBodyUsed(request)) return { status: 'used' }
      drainWhenFinished(request, response)
      return readAndUnshift(request, limit)
    },
  }
}

/** Adapts the handshake of a WebSocket, which has no body. */
export function fromHandshake(request: IncomingMessage): IncomingRequest {
  const { method = 'GET', socket } = request
  return {
    head: { method, url: fullUrl(request), headers: headersOf(request) },
    peerAddress: peerAddressOf(socket),
    isEncrypted: 'encrypted' in socket && socket.encrypted === true,
    readBody: async () => ({ status: 'read', bytes: new Uint8Array() }),
  }
}

/** HTTP/2 has `:authority` instead of Host; a request with two hosts has both, like two Host headers. */
function headersOf({ rawHeaders, httpVersionMajor }: IncomingMessage): RequestHeaders {
  if (httpVersionMajor < 2) return { get: (name) => headerValue(rawHeaders, name) }
  return {
    get(name) {
      const value = headerValue(rawHeaders, name)
      const authority = name === 'host' ? headerValue(rawHeaders, ':authority') : null
      if (authority === null || authority === value) return value
      return value === null ? authority : `${authority}, ${value}`
    },
  }
}

/**
 * The URL as the client sent it. Routers that are mounted below a path, as with Express's `app.use`,
 * remove that path from `url` and keep the full one as `originalUrl`.
 */
function fullUrl(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  const { url = '/', originalUrl } = request
  if (typeof originalUrl !== 'string') return url
  // At the mount path itself, `url` has a slash that the client did not send. Any other difference
  // means that the application rewrites URLs, and `url` is the one it serves.
  const isMounted = originalUrl.endsWith(url) || originalUrl.endsWith(url.replace(/^\//, ''))
  return isMounted ? originalUrl : url
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

/**
 * Discards the rest of a body once the response has finished, so that the connection can be reused. Node
 * itself does so unless the body has been read in part; Deno never does (denoland/deno#36821), so that the
 * connection's next request would wait forever.
 */
export function drainWhenFinished(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.readableFlowing === null) request.resume()
  })
}

/** The part of an HTTP/2 request that Node's type for HTTP/1 lacks. */
interface Http2Part {
  readonly stream?: { readonly endAfterHeaders?: boolean }
}

function hasBody(request: IncomingMessage & Http2Part, headers: RequestHeaders): boolean {
  const length = Number(headers.get('content-length') ?? 0)
  if (length > 0 || headers.get('transfer-encoding') !== null) return true
  // In HTTP/2 a body needs neither header: the stream continues after the headers.
  return request.httpVersionMajor >= 2 && request.stream?.endAfterHeaders === false
}

/** Whether something reads the body already, or decodes it to text. */
function isBodyUsed(request: IncomingMessage): boolean {
  const hasBeenRead = request.readableDidRead || request.readableFlowing === true
  return hasBeenRead || request.listenerCount('readable') > 0 || request.readableEncoding !== null
}

/** Reads a body up to a limit and unshifts it, so that the route can still read all of it. */
function readAndUnshift(request: IncomingMessage, limit: number): Promise<BodyResult> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0

    function readChunks(): void {
      // An event without data announces the end. Fastify's `inject` has requests without `complete`.
      const hasArrived = request.complete || request.readableLength === 0
      // Never reads an empty buffer: at the end of the stream that emits 'end', which the route
      // would then miss.
      while (request.readableLength > 0 && length <= limit) {
        const chunk: Buffer = request.read()
        chunks.push(chunk)
        length += chunk.length
      }
      if (length > limit || hasArrived) unshift()
    }

    function unshift(): void {
      stopListening()
      const bytes = Buffer.concat(chunks)
      // In the same tick as the last read: in the next tick the stream would have ended.
      request.unshift(bytes)
      resolve(
        length > limit ? { status: 'too-large', beginning: bytes } : { status: 'read', bytes },
      )
    }

    function fail(): void {
      stopListening()
      reject(new Error('the client aborted the request'))
    }

    function stopListening(): void {
      request.off('readable', readChunks).off('close', fail).off('error', fail)
    }

    request.on('close', fail).on('error', fail)
    if (request.destroyed) fail()
    else if (request.complete) readChunks()
    else {
      // Starts reading now: a listener would start later, when an empty body may have ended.
      request.read(0)
      request.on('readable', readChunks)
    }
  })
}
