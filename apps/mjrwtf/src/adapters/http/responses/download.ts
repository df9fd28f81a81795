import { setImmediate } from 'node:timers/promises'
import type { HttpContext, RequestContext } from '../http-context.ts'

export interface FileHeaders {
  /** Without day and ending, which are added. */
  readonly name: string
  readonly format: 'csv' | 'json'
}

const contentTypes = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const

/** Sets what a browser must know of a file: that it is one, and never a page (ASVS 5.0 V3.2.1). */
export function setFileHeaders(
  context: HttpContext,
  c: RequestContext,
  { name, format }: FileHeaders,
): void {
  for (const [header, value] of context.webSecurity.apiHeaders()) c.header(header, value)
  const day = new Date(context.clock.now()).toISOString().slice(0, 10)
  c.header('Content-Type', contentTypes[format])
  c.header('Content-Disposition', `attachment; filename="${name}-${day}.${format}"`)
}

/**
 * Sends a text as it comes, a piece whenever the client has taken the one before. Should a piece fail, the
 * connection breaks off, so that half a file does not pass for a whole one.
 */
export function streamChunks(
  context: HttpContext,
  c: RequestContext,
  chunks: AsyncIterable<string>,
): Response {
  const stream = toStream(chunks, (error) => {
    context.log.error({ requestId: c.var.requestId, error }, 'a file broke off')
    // Ours to do: the server would write the error into the file, and might end it in good order.
    c.env.outgoing?.destroy()
  })
  return c.body(stream)
}

function toStream(
  chunks: AsyncIterable<string>,
  abort: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      // Some databases answer within the same turn of the event loop: others want theirs too.
      await setImmediate()
      const next = await iterator.next().catch(abort)
      // Broken off: whoever reads hears of it from the connection.
      if (next === undefined) return
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}
