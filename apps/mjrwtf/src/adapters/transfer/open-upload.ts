import type { OpenSource, OpenUpload } from '../../application/ports/import-source.ts'
import { openCsv } from './csv-source.ts'
import { decodeText } from './decode.ts'
import { openJson } from './json-source.ts'
import { isSqlite, type OpenUploadedDatabase, openSqliteUpload } from './sqlite-source.ts'

/** Not by the name and media type of the file, which say nothing reliable. */
export function createOpenUpload(openDatabase: OpenUploadedDatabase): OpenUpload {
  return (bytes) => openUpload(bytes, openDatabase)
}

async function openUpload(
  bytes: AsyncIterable<Uint8Array>,
  openDatabase: OpenUploadedDatabase,
): Promise<OpenSource> {
  const chunks = bytes[Symbol.asyncIterator]()
  const first = await chunks.next()
  const beginning = first.done === true ? new Uint8Array() : first.value
  const all = concat(beginning, chunks)
  if (isSqlite(beginning)) return openSqliteUpload(all, openDatabase)
  const text = decodeText(all)
  const source = isJson(beginning) ? await openJson(text) : await openCsv(text)
  return { source, close: async () => {} }
}

/** Whether the first character is that of a JSON array or object. */
function isJson(beginning: Uint8Array): boolean {
  return /^\ufeff?\s*[[{]/.test(new TextDecoder().decode(beginning.subarray(0, 100)))
}

async function* concat(
  beginning: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  yield beginning
  for (;;) {
    const next = await chunks.next()
    if (next.done === true) return
    yield next.value
  }
}
