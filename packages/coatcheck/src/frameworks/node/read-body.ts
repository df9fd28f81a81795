import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyResult } from '../../http/incoming-request.ts'
import { headerValue } from './raw-headers.ts'

/** Reads a body up to a limit and puts it back, so that the route reads it as if nobody had. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
): Promise<BodyResult> {
  if (!hasBody(request)) return { status: 'read', bytes: new Uint8Array() }
  if (isBodyUsed(request)) return { status: 'used' }
  // Node drains what nobody has read; of what we have begun to read it thinks that somebody has.
  response.once('finish', () => {
    if (request.readableFlowing === null) request.resume()
  })
  return readAndUnshift(request, limit)
}

function hasBody({ rawHeaders }: IncomingMessage): boolean {
  const length = headerValue(rawHeaders, 'content-length')
  return Number(length ?? 0) > 0 || headerValue(rawHeaders, 'transfer-encoding') !== null
}

/** Whether something reads already, or has the bytes turned into text. */
function isBodyUsed(request: IncomingMessage): boolean {
  const hasBeenRead = request.readableDidRead || request.readableFlowing === true
  return hasBeenRead || request.listenerCount('readable') > 0 || request.readableEncoding !== null
}

function readAndUnshift(request: IncomingMessage, limit: number): Promise<BodyResult> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0

    function readChunks(): void {
      // Never when there is nothing: to read at the end has 'end' emitted, and the
      // route would wait for it.
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
      // In the very turn that read the last of it: in the next one the stream would have ended.
      request.unshift(bytes)
      resolve(length > limit ? { status: 'too-large' } : { status: 'read', bytes })
    }

    function fail(): void {
      stopListening()
      reject(new Error('the client broke off'))
    }

    function stopListening(): void {
      request.off('readable', readChunks).off('close', fail).off('error', fail)
    }

    request.on('close', fail).on('error', fail)
    if (request.destroyed) fail()
    else if (request.complete) readChunks()
    else {
      // Asks for more now: a listener would ask later, when an empty body may have ended.
      request.read(0)
      request.on('readable', readChunks)
    }
  })
}
