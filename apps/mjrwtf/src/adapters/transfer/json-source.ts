import {
  type ImportSource,
  type SourceRecord,
  UnreadableFile,
} from '../../application/ports/import-source.ts'
import type { ImportRecord } from '../../domain/link-import.ts'

/** Characters. The whole file is parsed at once, which blocks the process. */
const maxLength = 8 * 1024 * 1024

/** More than links of the shortest form. Empty objects need a hundred times their characters of memory. */
const maxObjects = 150_000

/** Reads a JSON array of objects, or an object with one, at any depth that services use. */
export async function openJson(text: AsyncIterable<string>): Promise<ImportSource> {
  const objects = findList(parse(await readAll(text)))
  if (objects === null) throw new UnreadableFile('The file has no list of links.')
  if (objects.length > maxObjects) throw new UnreadableFile(tooManyMessage)
  const records = objects.map(toRecord)
  const columns = new Set(
    records.flatMap((each) => ('record' in each ? Object.keys(each.record) : [])),
  )
  return { kind: 'records', columns: [...columns], records: toAsync(records) }
}

async function readAll(text: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const chunk of text) {
    all += chunk
    if (all.length > maxLength) throw new UnreadableFile(tooLongMessage)
  }
  return all
}

const tooLongMessage = `A JSON file may have up to ${maxLength / 1024 / 1024} MiB. For more links, use CSV.`

const tooManyMessage = `The file has more than ${maxObjects.toLocaleString('en')} objects. Split it.`

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new UnreadableFile('The file is not valid JSON.', { cause: error })
  }
}

/** The first list in the value: of `{ "links": [] }` or `{ "shortUrls": { "data": [] } }`. */
function findList(value: unknown, depth = 0): readonly unknown[] | null {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null || depth === 2) return null
  for (const each of Object.values(value)) {
    const list = findList(each, depth + 1)
    if (list !== null) return list
  }
  return null
}

/** Of one link, also in the objects inside it. */
const maxFields = 1_000

function fieldsOf(value: object): number {
  const inner = Object.values(value).map((each) =>
    typeof each === 'object' && each !== null ? Object.keys(each).length : 0,
  )
  return inner.reduce((sum, count) => sum + count, inner.length)
}

function toRecord(value: unknown, index: number): SourceRecord {
  const line = index + 1
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { line, problem: 'This is not an object.' }
  if (fieldsOf(value) > maxFields) return { line, problem: 'The object has too many fields.' }
  const record = flatten(value)
  return Object.values(record).some((text) => text.includes('\0'))
    ? { line, problem: 'The record contains a NUL character.' }
    : { line, record }
}

/** `{ meta: { validUntil } }` has the fields `meta.validUntil` and `validUntil`. */
function flatten(value: object): ImportRecord {
  const record: Record<string, string> = Object.create(null)
  for (const [name, each] of Object.entries(value)) {
    if (typeof each !== 'object' || each === null) record[name] = toText(each)
    else if (Array.isArray(each)) record[name] = JSON.stringify(each.map(nameOf))
    else {
      for (const [inner, text] of Object.entries(each)) {
        record[`${name}.${inner}`] = toText(text)
        record[inner] ??= toText(text)
      }
    }
  }
  return record
}

/** A tag as text, or as an object with a name. */
function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return toText(value)
  return 'name' in value ? toText(value.name) : ''
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return ''
  // No service has a list or an object at this depth, and a hostile one exhausts the stack.
  return typeof value === 'object' ? '' : String(value)
}

async function* toAsync(records: readonly SourceRecord[]): AsyncIterable<SourceRecord> {
  yield* records
}
