import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream } from '@fastify/busboy'
import { UnreadableFile } from '../../../application/ports/import-source.ts'
import type { RequestContext } from '../http-context.ts'

/** A file in a form. */
export interface Upload {
  readonly name: string
  /** Can be read once, while the client sends it. Rejects with `UnreadableFile` if it is too large or interrupted. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** Reads the rest, because browsers show no response before they have sent everything. */
  drain(): Promise<void>
}

export const maxUploadSize = 32 * 1024 * 1024

/** Returns the file of a form with one file, or `null` if it has none. The CSRF guard has checked the form's first field. */
export async function readUpload(c: RequestContext): Promise<Upload | null> {
  const form = await c.var.exchange.readForm()
  if (form.status === 'form') return toUpload(form.fields.get('file'))
  const { body } = c.req.raw
  const contentType = c.req.header('Content-Type') ?? ''
  if (body === null || !/^multipart\/form-data\b/i.test(contentType)) return null
  return streamUpload(Readable.from(body), contentType)
}

/** A file that was read together with a small form. */
function toUpload(file: ReturnType<FormData['get']>): Upload | null {
  if (file === null || typeof file === 'string' || file.size === 0) return null
  return { name: file.name, bytes: file.stream(), drain: async () => {} }
}

async function streamUpload(body: Readable, contentType: string): Promise<Upload | null> {
  const parser = new Busboy({
    headers: { 'content-type': contentType },
    limits: { fileSize: maxUploadSize, files: 1, fields: 2, fieldSize: 1_024, parts: 3 },
  })
  const { promise, resolve } = Promise.withResolvers<Upload | null>()
  let file: BusboyFileStream | null = null
  const finished = pipeline(body, parser).catch((error: unknown) => {
    file?.destroy(new UnreadableFile(interruptedMessage, { cause: error }))
  })
  parser.on('file', (_, stream, name) => {
    file = stream
    const drain = async () => {
      stream.resume()
      await finished
    }
    resolve({ name, bytes: readAll(stream), drain })
  })
  void finished.then(() => resolve(null))
  return promise
}

async function* readAll(stream: BusboyFileStream): AsyncIterable<Uint8Array> {
  yield* stream
  if (stream.truncated) throw new UnreadableFile(tooLargeMessage)
}

export const tooLargeMessage = `The file is larger than ${maxUploadSize / 1024 / 1024} MiB. Split it.`
const interruptedMessage = 'The upload was interrupted. Nothing was imported.'
