import type { BodyResult, IncomingRequest } from './incoming-request.ts'

/** The slice of a web-standard request. */
export function fromFetchRequest(request: Request, peerAddress: string | null): IncomingRequest {
  return {
    head: request,
    peerAddress,
    isEncrypted: request.url.startsWith('https:'),
    readBody: (limit) => readBody(request, limit),
  }
}

/** Reads from a copy, so that the route can still read the body itself. */
async function readBody(request: Request, limit: number): Promise<BodyResult> {
  // As much as servers have that give every POST a stream.
  if (request.body === null) return { status: 'read', bytes: new Uint8Array() }
  if (request.bodyUsed) return { status: 'used' }
  const reader = request.clone().body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
    length += read.value.byteLength
    if (length > limit) {
      // Not awaited: it settles when the request, of which this is a copy, is cancelled too.
      void reader?.cancel()
      return { status: 'too-large' }
    }
    chunks.push(read.value)
  }
  return { status: 'read', bytes: new Uint8Array(Buffer.concat(chunks)) }
}
