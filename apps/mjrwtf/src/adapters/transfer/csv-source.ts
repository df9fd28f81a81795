import { Readable } from 'node:stream'
import { CsvError, type InfoRecord, parse } from 'csv-parse'
import {
  type ImportSource,
  type SourceRecord,
  UnreadableFile,
} from '../../application/ports/import-source.ts'

/** Characters of one record: a destination of the maximum length, and the other fields. */
const maxRecordSize = 64 * 1024

/** Files of all services have fewer. */
const maxColumns = 1_000

const tooManyMessage = `The first line names more than ${maxColumns.toLocaleString('en')} columns.`

/** A record of the parser. */
interface Row {
  readonly record: readonly string[]
  readonly info: InfoRecord
}

/** Reads CSV (RFC 4180) with commas, semicolons or tabs. The first line names the columns. */
export async function openCsv(text: AsyncIterable<string>): Promise<ImportSource> {
  const chunks = text[Symbol.asyncIterator]()
  let beginning = ''
  // The parser needs the separator before it starts.
  while (!/[\r\n]/.test(beginning) && beginning.length < maxRecordSize) {
    const next = await chunks.next()
    if (next.done === true) break
    beginning += next.value
  }
  const rows = parseRows({ beginning, chunks })[Symbol.asyncIterator]()
  const header = await nextRow(rows)
  if (header === null) throw new UnreadableFile('The file is empty.')
  if (header.record.length > maxColumns) throw new UnreadableFile(tooManyMessage)
  const columns = header.record.map((name) => name.replace(/^\ufeff/, ''))
  return { kind: 'records', columns, records: toRecords(rows, columns) }
}

interface Text {
  readonly beginning: string
  readonly chunks: AsyncIterator<string>
}

async function* parseRows({ beginning, chunks }: Text): AsyncIterable<Row> {
  const parser = parse({
    delimiter: separatorOf(beginning),
    info: true,
    max_record_size: maxRecordSize,
    relax_column_count: true,
    skip_empty_lines: true,
  })
  const input = Readable.from(concat({ beginning, chunks }))
  input.on('error', (error) => parser.destroy(error))
  parser.on('close', () => input.destroy())
  yield* input.pipe(parser)
}

async function* concat({ beginning, chunks }: Text): AsyncIterable<string> {
  yield beginning
  for (;;) {
    const next = await chunks.next()
    if (next.done === true) return
    yield next.value
  }
}

/** The one that the first line has most often. */
function separatorOf(beginning: string): string {
  const [line = ''] = beginning.split(/[\r\n]/, 1)
  const count = (separator: string) => line.split(separator).length
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best))
}

async function nextRow(rows: AsyncIterator<Row>): Promise<Row | null> {
  try {
    const next = await rows.next()
    return next.done === true ? null : next.value
  } catch (error) {
    throw error instanceof CsvError ? toUnreadable(error) : error
  }
}

async function* toRecords(
  rows: AsyncIterator<Row>,
  columns: readonly string[],
): AsyncIterable<SourceRecord> {
  try {
    for (let row = await nextRow(rows); row !== null; row = await nextRow(rows)) {
      yield toRecord(row, columns)
    }
  } finally {
    await rows.return?.()
  }
}

function toRecord({ record, info }: Row, columns: readonly string[]): SourceRecord {
  const line = info.lines
  if (record.some((cell) => cell.includes('\0'))) return { line, problem: nullMessage }
  if (record.length > columns.length) {
    const problem = `The line has ${record.length} cells, and the first line names ${columns.length} columns.`
    return { line, problem }
  }
  const entries = record.map((cell, index) => [columns[index] ?? '', cell] as const)
  return { line, record: Object.fromEntries(entries) }
}

const nullMessage = 'The line contains a NUL character.'

function toUnreadable(error: CsvError): UnreadableFile {
  const line = 'lines' in error ? `Line ${String(error.lines)}` : 'A line'
  const reason = reasons[error.code] ?? 'is not valid CSV'
  return new UnreadableFile(`${line} ${reason}. Nothing was imported.`, { cause: error })
}

const reasons: Readonly<Record<string, string>> = {
  CSV_MAX_RECORD_SIZE: `is longer than ${maxRecordSize / 1024} KiB`,
  CSV_QUOTE_NOT_CLOSED: 'or one before it has a quotation mark that is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'has a character after a closing quotation mark',
  INVALID_OPENING_QUOTE: 'has a quotation mark in the middle of a cell',
}
