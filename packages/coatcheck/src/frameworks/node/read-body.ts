import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyResult, RequestHeaders } from '../../http/incoming-request.ts'

interface BodySource {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly headers: RequestHeaders
}

/** Reads a body up to a limit and unshifts it, so that the route can still read all of it. */
export async function readBody(
  { request, response, headers }: BodySource,
  limit: number,
): Promise<BodyResult> {
  if (!hasBody(headers)) return { status: 'read', bytes: new Uint8Array() }
  if (isBodyUsed(request)) return { status: 'used' }
  // Node drains an unread body, but not one that we have begun to read.
  response.once('finish', () => {
    if (request.readableFlowing === null) request.resume()
  })
  return readAndUnshift(request, limit)
}

function hasBody(headers: RequestHeaders): boolean {
  const length = Number(headers.get('content-length') ?? 0)
  return length > 0 || headers.get('transfer-encoding') !== null
}

/** Whether something reads the body already, or decodes it to text. */
function isBodyUsed(request: IncomingMessage): boolean {
  const hasBeenRead = request.readableDidRead || request.readableFlowing === true
  return hasBeenRead || request.listenerCount('readable') > 0 || request.readableEncoding !== null
}

function readAndUnshift(request: IncomingMessage, limit: number): Promise<BodyResult> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0

    function readChunks(): void {
      // Never reads an empty buffer: at the end of the stream that emits 'end', which the route
      // would then miss.
      while (request.readableLength > 0 && length <= limit) {
        const chunk: Buffer = request.read()
        chunks.push(chunk)
        length += chunk.length
      }
      if (length > limit || request.complete) unshift()
    }

    function unshift(): void {
      stopListening()
      const bytes = Buffer.concat(chunks)
      // In the same tick as the last read: in the next tick the stream would have ended.
      request.unshift(bytes)
      resolve(length > limit ? { status: 'too-large' } : { status: 'read', bytes })
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
