/** The part of a request that guards read. A web-standard `Request` satisfies it. */
export interface RequestHead {
  /** In capitals, as it was sent. */
  readonly method: string
  /** Absolute, or path and query where the server knows only those. */
  readonly url: string
  readonly headers: RequestHeaders
}

/** The part of `Headers` that is read. */
export interface RequestHeaders {
  /**
   * Returns the value of a header, or `null`. A header that was sent twice must be joined with a
   * comma, cookies with a semicolon: dropping one of the two could hide an injected value.
   */
  get(name: string): string | null
}

/** The result of reading a body. */
export type BodyResult =
  /** Zero bytes if the request has no body: a form without a body has no fields. */
  | { readonly status: 'read'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** `beginning`: its first bytes, at least as many as the limit. */
  | { readonly status: 'too-large'; readonly beginning: Uint8Array<ArrayBuffer> }
  /** Something else has already read from it, so its content is unknown. */
  | { readonly status: 'used' }

/** A request as an adapter passes it to an exchange. */
export interface IncomingRequest {
  readonly head: RequestHead
  /** IP address of the socket's peer, `'unix'` on a unix socket, or `null` if it is unknown. */
  readonly peerAddress: string | null
  /** Whether the socket itself is encrypted. */
  readonly isEncrypted: boolean
  /**
   * Reads a body of up to `limit` bytes; of a larger body it reads no more than the beginning. In every
   * case the route can still read the whole body. Rejects if the client aborts. Called once, and never
   * for GET and HEAD.
   */
  readBody(limit: number): Promise<BodyResult>
}

/** Adapts a web-standard request. */
export function fromFetchRequest(
  request: Request,
  peerAddress: string | null,
  isEncrypted = request.url.startsWith('https:'),
): IncomingRequest {
  return {
    head: request,
    peerAddress,
    isEncrypted,
    readBody: (limit) => readBody(request, limit),
  }
}

/** Parts of a body after which they must not be tiny on average: each part costs time and memory of its own. */
const maxTinyParts = 256
/** In bytes. Clients and servers send parts of hundreds of bytes or more. */
const minPartLength = 64

/** Reads from a clone, so that the route can still read the body. Rejects for a body in tiny parts. */
async function readBody(request: Request, limit: number): Promise<BodyResult> {
  // The same result as from servers that give every POST an empty stream.
  if (request.body === null) return { status: 'read', bytes: new Uint8Array() }
  if (request.bodyUsed) return { status: 'used' }
  const reader = request.clone().body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
    length += read.value.byteLength
    chunks.push(read.value)
    if (length > limit) {
      // Ends the copying: the route's body then buffers nothing. Not awaited: the promise resolves only
      // when the original request is canceled too.
      void reader?.cancel()
      return { status: 'too-large', beginning: concat(chunks) }
    }
    if (chunks.length > maxTinyParts && length < chunks.length * minPartLength) {
      void reader?.cancel()
      throw new Error('the client sends the body in tiny parts')
    }
  }
  return { status: 'read', bytes: concat(chunks) }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(chunks))
}

/**
 * Returns the URL of a request, resolved on `origin` where the server knows only the path, or `null`
 * if it has no path.
 */
export function requestUrl({ url }: RequestHead, origin: string): URL | null {
  const parsed = URL.parse(url.startsWith('/') ? `${origin}${url}` : url)
  // A path without a leading slash would extend the host name when appended to an origin.
  return parsed?.pathname.startsWith('/') ? parsed : null
}

/** Whether a client asks for a WebSocket: by Upgrade, or over HTTP/2 by CONNECT (RFC 8441). */
export function isWebSocketHandshake({ method, headers }: RequestHead): boolean {
  const upgrade = headers.get('upgrade')
  if (upgrade === null) return method === 'CONNECT'
  return upgrade.toLowerCase().includes('websocket')
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method may change something (RFC 9110 section 9.2.1); true for unknown methods. */
export function isUnsafeMethod(method: string): boolean {
  return !safeMethods.has(method)
}
