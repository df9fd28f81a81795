import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type OpenSource, UnreadableFile } from '../../application/ports/import-source.ts'
import type { OldDatabase } from '../../application/ports/old-database.ts'

/** An open database of the old service. */
export interface OpenedDatabase extends OldDatabase {
  close(): void
}

export type OpenUploadedDatabase = (file: string) => OpenedDatabase

const signature = Buffer.from('SQLite format 3\0')

export function isSqlite(beginning: Uint8Array): boolean {
  return signature.equals(beginning.subarray(0, signature.length))
}

/** Stores the upload in a temporary file that only this process may read, because SQLite reads files. */
export async function openSqliteUpload(
  bytes: AsyncIterable<Uint8Array>,
  open: OpenUploadedDatabase,
): Promise<OpenSource> {
  const folder = await mkdtemp(join(tmpdir(), 'mjrwtf-import-'))
  const file = join(folder, 'upload.db')
  try {
    await pipeline(Readable.from(bytes), createWriteStream(file, { mode: 0o600 }))
    const database = openFile(file, open)
    return {
      source: { kind: 'old-database', database },
      async close() {
        database.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

function openFile(file: string, open: OpenUploadedDatabase): OpenedDatabase {
  try {
    return open(file)
  } catch (error) {
    throw new UnreadableFile(wrongDatabaseMessage, { cause: error })
  }
}

const wrongDatabaseMessage =
  'This is not a database of the old mjr.wtf service: the tables urls and clicks are missing or unusual.'
