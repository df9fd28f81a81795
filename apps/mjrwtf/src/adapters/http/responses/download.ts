import { setImmediate } from 'node:timers/promises'
import type { PageContext, RequestContext } from '../http-context.ts'

export interface FileHeaders {
  /** Without date and extension, which are added. */
  readonly name: string
  readonly format: 'csv' | 'json'
}

const contentTypes = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const

/** Sets the headers of a download, so that no browser renders the file as a page (ASVS 5.0 V3.2.1). */
export function setFileHeaders(
  context: Pick<PageContext, 'webSecurity' | 'clock'>,
  c: RequestContext,
  { name, format }: FileHeaders,
): void {
  for (const [header, value] of context.webSecurity.apiHeaders()) c.header(header, value)
  const day = new Date(context.clock.now()).toISOString().slice(0, 10)
  c.header('Content-Type', contentTypes[format])
  c.header('Content-Disposition', `attachment; filename="${name}-${day}.${format}"`)
}

/**
 * Streams a text, one chunk at a time as the client reads. If a chunk fails, the connection is destroyed, so that
 * the client does not take a partial file for a complete one.
 */
export function streamChunks(
  context: Pick<PageContext, 'log'>,
  c: RequestContext,
  chunks: AsyncIterable<string>,
): Response {
  const stream = toStream(chunks, (error) => {
    context.log.error({ requestId: c.var.requestId, error }, 'download aborted')
    // Left to the server, the error could be written into the file or the response could end normally.
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
      // Some databases respond within the same turn of the event loop. This lets other requests run in between.
      await setImmediate()
      const next = await iterator.next().catch(abort)
      // The connection was destroyed, so the client knows.
      if (next === undefined) return
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}

/** One line of CSV (RFC 4180) with its line ending. `null` is an empty cell. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map((value) => cell(String(value ?? ''))).join(',')}\r\n`
}

/**
 * A spreadsheet runs text that begins like a formula, and values such as user agents are attacker-controlled. A leading
 * apostrophe makes them text (ASVS 5.0 V1.2.10).
 */
function cell(text: string): string {
  const line = text.replace(/[\p{Zl}\p{Zp}\p{C}]+/gu, ' ')
  const escaped = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u.test(line) ? `'${line}` : line
  return `"${escaped.replaceAll('"', '""')}"`
}
