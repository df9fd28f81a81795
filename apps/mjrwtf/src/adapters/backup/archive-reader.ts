import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import type { z } from 'zod'
import { sha256 } from './archive-writer.ts'
import { BackupError } from './backup-error.ts'
import {
  archiveVersion,
  type Header,
  header,
  headerName,
  type Manifest,
  manifest,
  manifestName,
  type Part,
  type Settings,
  settings,
  settingsName,
  tableOf,
} from './manifest.ts'

export interface ArchiveEntry {
  readonly name: string
  readonly bytes: Buffer
}

/** Far above what is written. A larger entry is not ours, and would fill the memory. */
const maxEntryBytes = 128 * 1024 * 1024

const damaged = 'The file is damaged, or it is not a backup of mjr.wtf'

/**
 * The entries of an archive in order. Rejects with `BackupError` unless it is complete: each entry has the checksum that
 * the manifest says, and none is missing, added or in another place. That is known at the end.
 */
export async function* readArchive(bytes: Readable): AsyncIterable<ArchiveEntry> {
  const found: Omit<Part, 'rows'>[] = []
  let end: Manifest | null = null
  for await (const entry of readEntries(bytes)) {
    if (end !== null) throw new BackupError(`${damaged}: entries after the manifest.`)
    if (entry.name === manifestName) end = parseEntry(entry, manifest)
    else found.push({ name: entry.name, bytes: entry.bytes.length, sha256: sha256(entry.bytes) })
    yield entry
  }
  if (end === null)
    throw new BackupError('The backup is incomplete: the end of the file is missing.')
  requireSameParts(found, end.parts)
}

function requireSameParts(found: readonly Omit<Part, 'rows'>[], expected: readonly Part[]): void {
  for (const [index, part] of expected.entries()) {
    const other = found[index]
    const isSame =
      other?.name === part.name && other.bytes === part.bytes && other.sha256 === part.sha256
    if (!isSame)
      throw new BackupError(`${damaged}: ${JSON.stringify(part.name)} does not have its checksum.`)
  }
  if (found.length !== expected.length) throw new BackupError(`${damaged}: unknown entries.`)
}

async function* readEntries(bytes: Readable): AsyncIterable<ArchiveEntry> {
  const tar = extract()
  // An error of either stream must end the other.
  bytes.on('error', (error) => tar.destroy(error))
  bytes.pipe(tar)
  try {
    for await (const entry of tar) {
      if ((entry.header.size ?? 0) > maxEntryBytes) throw new BackupError(`${damaged}.`)
      yield { name: entry.header.name, bytes: await buffer(entry) }
    }
  } catch (error) {
    throw toBackupError(error)
  } finally {
    bytes.destroy()
  }
}

/** Errors of decryption have their own message; those of tar and gzip mean the same. */
function toBackupError(error: unknown): unknown {
  if (error instanceof BackupError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // Such as EACCES, EIO: of the file system.
  if (/^E[A-Z]+$/.test(code)) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new BackupError(`${damaged} (${reason}).`, { cause: error })
}

/** Reads the header, which must be the first entry and of a format that this program knows. */
export function parseHeader(entry: ArchiveEntry): Header {
  if (entry.name !== headerName)
    throw new BackupError(`${damaged}: its first entry is ${JSON.stringify(entry.name)}.`)
  const parsed = parseEntry(entry, header)
  if (parsed.version <= archiveVersion) return parsed
  throw new BackupError(
    `The backup has the format ${parsed.version}; this program reads formats up to ${archiveVersion}. Use a newer program.`,
  )
}

/** Reads the variables of an instance. */
export function parseSettings(text: string): Settings {
  return parseEntry({ name: settingsName, bytes: Buffer.from(text) }, settings)
}

/** Of an entry that is repeated, or that no backup has. */
export function unknownEntry({ name }: ArchiveEntry): BackupError {
  return new BackupError(`${damaged}: the entry ${JSON.stringify(name)} is unknown.`)
}

function parseEntry<Value>({ name, bytes }: ArchiveEntry, schema: z.ZodType<Value>): Value {
  try {
    const result = schema.safeParse(JSON.parse(bytes.toString()))
    if (result.success) return result.data
  } catch {
    // Not JSON.
  }
  throw new BackupError(`${damaged}: ${name} is not valid.`)
}

/** The lines of an entry with rows. */
export function linesOf({ name, bytes }: ArchiveEntry): readonly string[] {
  if (tableOf(name) === null) throw unknownEntry({ name, bytes })
  return bytes.toString().split('\n').slice(0, -1)
}
