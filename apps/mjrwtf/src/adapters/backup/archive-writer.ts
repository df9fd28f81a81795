import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import {
  archiveVersion,
  type Header,
  headerName,
  keysName,
  type Manifest,
  manifestName,
  type Part,
  rowsName,
  type Settings,
  settingsName,
} from './manifest.ts'
import type { RowSource } from './row-source.ts'

/** What an archive contains beside rows. */
export interface InstanceSecrets {
  /** Newest first. */
  readonly secretKeys: readonly string[]
  /** The variables that were set, by name. */
  readonly settings: Settings
}

export interface ArchiveContent extends InstanceSecrets {
  readonly source: RowSource
  readonly createdAt: Date
}

/** Size of an entry with rows, in characters: the program keeps one at a time. */
const maxPartLength = 1_000_000

export interface WrittenArchive {
  /** The bytes of the tar file. */
  readonly bytes: Readable
  /**
   * Completes when nothing reads the source any more, also if the stream was destroyed. Rejects with what ended the
   * archive.
   */
  readonly end: Promise<Manifest>
}

export function writeArchive(content: ArchiveContent): WrittenArchive {
  const archive = pack()
  const bytes = Readable.from(archive)
  const end = writeEntries(content, archive)
  end.then(
    () => archive.finalize(),
    (error) => bytes.destroy(error),
  )
  return { bytes, end }
}

async function writeEntries(
  { source, createdAt, secretKeys, settings }: ArchiveContent,
  archive: ReturnType<typeof pack>,
): Promise<Manifest> {
  const parts: Part[] = []
  async function add(name: string, text: string, rows = 0): Promise<void> {
    const bytes = Buffer.from(text)
    await addEntry(archive, { name, bytes, createdAt })
    parts.push({ name, bytes: bytes.length, sha256: sha256(bytes), rows })
  }

  await add(headerName, `${JSON.stringify(toHeader(source, createdAt), null, 2)}\n`)
  await add(keysName, secretKeys.map((key) => `${key}\n`).join(''))
  await add(settingsName, `${JSON.stringify(settings, null, 2)}\n`)
  for (const table of source.description.tables) {
    let [number, rows, text] = [1, 0, '']
    for await (const batch of source.rows(table)) {
      text += batch.map((line) => `${line}\n`).join('')
      rows += batch.length
      if (text.length < maxPartLength) continue
      await add(rowsName(table.name, number), text, rows)
      ;[number, rows, text] = [number + 1, 0, '']
    }
    if (rows > 0) await add(rowsName(table.name, number), text, rows)
  }
  const bytes = Buffer.from(`${JSON.stringify({ parts }, null, 1)}\n`)
  await addEntry(archive, { name: manifestName, bytes, createdAt })
  return { parts }
}

function toHeader({ description }: RowSource, createdAt: Date): Header {
  const { tables, ...rest } = description
  return {
    format: 'mjrwtf-backup',
    version: archiveVersion,
    created_at: createdAt.toISOString(),
    ...rest,
    tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
  }
}

interface Entry {
  readonly name: string
  readonly bytes: Buffer
  readonly createdAt: Date
}

/** Resolves when the reader of the archive has taken the entry, so that only one is kept. */
function addEntry(
  archive: ReturnType<typeof pack>,
  { name, bytes, createdAt }: Entry,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = { name, size: bytes.length, mode: 0o600, mtime: createdAt }
    const sink = archive.entry(entry, (error) => (error ? reject(error) : resolve()))
    // Such as of a full disk.
    sink.on('error', reject)
    sink.end(bytes)
  })
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
