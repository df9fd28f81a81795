import { UnreadableFile } from '../../application/ports/import-source.ts'

type Bytes = AsyncIterable<Uint8Array>

/** The encodings that a byte order mark announces. */
const marks: readonly (readonly [readonly number[], string])[] = [
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
]

/**
 * Decodes a file: UTF-8, or UTF-16 with a byte order mark, as spreadsheets save it. Rejects with `UnreadableFile` for other
 * encodings, because a wrong character in a URL leads elsewhere.
 */
export async function* decodeText(bytes: Bytes): AsyncIterable<string> {
  let decoder: TextDecoder | null = null
  try {
    for await (const chunk of bytes) {
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true })
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder?.decode() ?? ''
  } catch (error) {
    if (error instanceof TypeError) throw new UnreadableFile(wrongEncodingMessage, { cause: error })
    throw error
  }
}

const wrongEncodingMessage =
  'The file is not encoded as UTF-8. In a spreadsheet, save it as "CSV UTF-8", then upload it again.'

function encodingOf(chunk: Uint8Array): string {
  const mark = marks.find(([bytes]) => bytes.every((byte, index) => chunk[index] === byte))
  return mark?.[1] ?? 'utf-8'
}
