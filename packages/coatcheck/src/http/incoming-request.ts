/** The part of a request that guards look at. A web-standard `Request` is one as it is. */
export interface RequestHead {
  /** In capitals, as it was sent. */
  readonly method: string
  /** Absolute, or path and query alone where the server knows no more. */
  readonly url: string
  readonly headers: RequestHeaders
}

/** The slice of `Headers` that is read. */
export interface RequestHeaders {
  /**
   * The value of a header, or `null`. A header that was sent twice is one value joined
   * with a comma, cookies with a semicolon: a server that drops one of two would hide
   * which of them somebody planted.
   */
  get(name: string): string | null
}

/** What became of reading a body. */
export type BodyResult =
  /** Without any byte where the request has no body: a form that says so of itself has no fields then. */
  | { readonly status: 'read'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly status: 'too-large' }
  /** Something has read from it already: what went by can be known no more. */
  | { readonly status: 'used' }

/** A request as its server hands it over: all that an exchange needs to know of it. */
export interface IncomingRequest {
  readonly head: RequestHead
  /** Address of the socket's other end, or `null` when the transport has none. */
  readonly peerAddress: string | null
  /** Whether the socket itself is encrypted. */
  readonly isEncrypted: boolean
  /**
   * Reads a body of up to `limit` bytes and keeps no byte more of a larger one. Whatever comes
   * of it, the route can still read all of the body its own way. Rejects when the client
   * breaks off. Called once, and not for GET and HEAD.
   */
  readBody(limit: number): Promise<BodyResult>
}
