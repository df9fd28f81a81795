import { randomUUID } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isDeepStrictEqual } from 'node:util'
import { createGunzip, createGzip } from 'node:zlib'
import { linesOf, parseHeader, parseSettings, readArchive, unknownEntry } from './archive-reader.ts'
import { type ArchiveContent, writeArchive } from './archive-writer.ts'
import { BackupError } from './backup-error.ts'
import type { RowCounts } from './copy-rows.ts'
import { decrypt, encrypt, isEncrypted } from './encryption.ts'
import {
  type Header,
  keysName,
  type Manifest,
  manifestName,
  type Settings,
  settingsName,
  tableOf,
} from './manifest.ts'
import { maxBatchRows, type RowSink } from './row-source.ts'

export interface BackupFileOptions {
  readonly file: string
  /** `null`: not encrypted. */
  readonly passphrase: string | null
}

export interface BackupFileContent {
  readonly header: Header
  readonly secretKeys: readonly string[]
  readonly settings: Settings
  readonly rows: RowCounts
}

/** Compresses more slowly than it saves above this level. */
const compression = { level: 4 }

/**
 * Writes a backup that did not exist, readable by the process's user only, and reads it again completely before it gets its
 * name. Rejects, and leaves no file, if anything fails.
 */
export async function writeBackupFile(
  content: ArchiveContent,
  options: BackupFileOptions,
): Promise<{ readonly bytes: number; readonly rows: RowCounts }> {
  const { file, passphrase } = options
  if (existsSync(file)) throw new BackupError(`${file} exists. Choose another name, or delete it.`)
  const partial = join(dirname(file), newPartialName(basename(file)))
  try {
    const written = await writePartial(content, { file: partial, passphrase })
    const { rows } = await verifyBackupFile({ file: partial, passphrase }, written)
    const { size: bytes } = statSync(partial)
    giveName(partial, file)
    return { bytes, rows }
  } finally {
    rmSync(partial, { force: true })
  }
}

/** Name of a backup that is being written. Another process may write one with the same final name. */
function newPartialName(name: string): string {
  return `.${name}.${randomUUID().slice(0, 8)}.partial`
}

async function writePartial(
  content: ArchiveContent,
  { file, passphrase }: BackupFileOptions,
): Promise<Manifest> {
  const compressed = createGzip(compression)
  const encrypted = passphrase === null ? compressed : await encrypt(compressed, passphrase)
  const archive = writeArchive(content)
  // `flush`: the bytes are on the disk when the stream has ended.
  const sink = createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true })
  const outcomes = await Promise.allSettled([
    pipeline(encrypted, sink),
    pipeline(archive.bytes, compressed),
    // A database cannot be closed while it is read.
    archive.end,
  ])
  throwCause(
    outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    ),
  )
  return archive.end
}

/** One stream fails, and the others because of it: with the code of a stream that was closed early. */
function throwCause(errors: readonly unknown[]): void {
  if (errors.length === 0) return
  throw errors.find((error) => !isPrematureClose(error)) ?? errors[0]
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
}

/** Never replaces a file. A file system without hard links may lose to another process that creates it now. */
function giveName(partial: string, file: string): void {
  try {
    linkSync(partial, file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EEXIST') throw new BackupError(`${file} exists. Choose another name.`)
    renameSync(partial, file)
  }
  syncFolder(dirname(file))
}

/** After it, a new name in the folder survives a power failure. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Reads a backup completely. Rejects with `BackupError` if it is damaged or incomplete, if the passphrase is not the right
 * one, or if its manifest is not the expected one.
 */
export async function verifyBackupFile(
  options: BackupFileOptions,
  expected?: Manifest,
): Promise<BackupFileContent> {
  let header: Header | null = null
  const texts = new Map<string, string>()
  const rows: Record<string, number> = {}
  for await (const entry of readArchive(await openBackupFile(options))) {
    const table = tableOf(entry.name)
    if (header === null) header = parseHeader(entry)
    else if (table !== null && isTableOf(header, table))
      rows[table] = (rows[table] ?? 0) + linesOf(entry).length
    else if (textNames.includes(entry.name) && !texts.has(entry.name))
      texts.set(entry.name, entry.bytes.toString())
    else throw unknownEntry(entry)
  }
  if (header === null) throw new BackupError('The backup is empty.')
  requireExpected(texts.get(manifestName) ?? '{}', expected)
  return {
    header,
    secretKeys: (texts.get(keysName) ?? '').split('\n').filter((key) => key !== ''),
    settings: parseSettings(texts.get(settingsName) ?? '{}'),
    rows,
  }
}

/** The entries beside the header and rows, each at most once. */
const textNames: readonly string[] = [keysName, settingsName, manifestName]

function isTableOf({ tables }: Header, table: string): boolean {
  return tables.some(({ name }) => name === table)
}

function requireExpected(text: string, expected: Manifest | undefined): void {
  if (expected === undefined || isDeepStrictEqual(JSON.parse(text), expected)) return
  throw new BackupError('The file that was written is not the one that was read. Check the disk.')
}

/** Adds the rows of a backup, in its order. Verify it first. */
export async function addBackupRows(
  options: BackupFileOptions,
  { tables }: Header,
  { sink, isIncluded }: { readonly sink: RowSink; isIncluded(table: string): boolean },
): Promise<RowCounts> {
  const counts: Record<string, number> = {}
  for await (const entry of readArchive(await openBackupFile(options))) {
    const table = tables.find(({ name }) => name === tableOf(entry.name))
    if (table === undefined || !isIncluded(table.name)) continue
    const lines = linesOf(entry)
    for (let start = 0; start < lines.length; start += maxBatchRows) {
      await sink.add(table, lines.slice(start, start + maxBatchRows))
    }
    counts[table.name] = (counts[table.name] ?? 0) + lines.length
  }
  return counts
}

async function openBackupFile({ file, passphrase }: BackupFileOptions): Promise<Readable> {
  const isOpen = !isEncrypted(readStart(file))
  if (!isOpen && passphrase === null) {
    throw new BackupError(
      `${file} is encrypted. Set BACKUP_PASSPHRASE to the passphrase of the backup.`,
    )
  }
  const bytes = createReadStream(file)
  const compressed = isOpen || passphrase === null ? bytes : await decrypt(bytes, passphrase)
  return compressed.pipe(forwardingErrors(compressed, createGunzip()))
}

function forwardingErrors<Next extends Readable>(from: Readable, to: Next): Next {
  from.on('error', (error) => to.destroy(error))
  to.on('close', () => from.destroy())
  return to
}

function readStart(file: string): Buffer {
  const start = Buffer.alloc(32)
  try {
    const descriptor = openSync(file, 'r')
    try {
      return start.subarray(0, readSync(descriptor, start))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new BackupError(`Cannot read ${file} (${code}).`, { cause: error })
  }
}
