import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import { BackupError } from './backup-error.ts'
import { syncFolder } from './backup-file.ts'
import {
  type AccessState,
  accessQueries,
  compareAccess,
  type Replaced,
  type Replacement,
} from './replacement.ts'
import { migrateTables } from './schema.ts'
import { replaceSqliteRows } from './sqlite-sink.ts'

type Connection = SqliteConnection.Database

const companions = ['-wal', '-shm', '-journal']

/**
 * Builds a new file beside that of the database, checks it, and renames it. The old one is kept under another name. Rejects
 * with `BackupError`, and changes nothing, if a process uses the database or if anything fails.
 */
export async function replaceSqlite(file: string, replacement: Replacement): Promise<Replaced> {
  const path = resolve(file)
  const old = existsSync(path) ? openExclusively(path, replacement.mayReplace) : null
  const building = `${path}.restoring`
  try {
    const before = old === null ? null : readAccess(old)
    if (before !== null && before.users.size > 0) requireMayReplace(path, replacement.mayReplace)
    removeFile(building)
    await build(building, replacement)
    const undone = compareAccess(before, readAccessOf(building))
    replacement.onReady?.()
    const keptFile = takePlace({ path, building, now: replacement.now })
    return { keptFile, replacedCharacters: 0, undone }
  } catch (error) {
    throw toBackupError(error, path)
  } finally {
    old?.close()
    removeFile(building)
  }
}

function toBackupError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^(?:SQLITE_FULL|SQLITE_IOERR.*|ENOSPC|EDQUOT|EFBIG)$/.test(code)) return error
  return new BackupError(
    `Cannot write the new database beside ${path} (${code}): both need space at the same time. The present one was not changed. Free space on its disk, and start again.`,
    { cause: error },
  )
}

function requireMayReplace(path: string, mayReplace: boolean): void {
  if (mayReplace) return
  throw new BackupError(
    `The database ${path} has accounts. Nothing was changed. To replace it, add --replace: it is kept under another name.`,
  )
}

/**
 * Opens the file so that no other process can use it until the connection is closed; a server that starts waits.
 * Returns `null` for a file that is no intact database, which may be the reason for the restore.
 */
function openExclusively(path: string, mayReplace: boolean): Connection | null {
  try {
    return lockUnused(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!/^SQLITE_(?:NOTADB|CORRUPT|IOERR)/.test(code)) throw error
    if (mayReplace) return null
    throw new BackupError(
      `The file ${path} is damaged (${code}). Nothing was changed. To replace it, add --replace: it is kept under another name.`,
    )
  }
}

/**
 * Opens a file and locks it. Throws `BackupError` if another process has opened it, even if that does nothing. One that opens
 * it later waits until the connection is closed.
 */
export function lockUnused(path: string): Connection {
  const connection = new SqliteConnection(path, { timeout: 2_000 })
  try {
    // Only the last connection can leave WAL mode.
    connection.pragma('journal_mode = DELETE')
    connection.exec('BEGIN EXCLUSIVE')
    return connection
  } catch (error) {
    connection.close()
    const isBusy = error instanceof SqliteConnection.SqliteError && /BUSY/.test(error.code)
    if (!isBusy) throw error
    throw new BackupError(
      `A process uses the database ${path}, such as a running server. Nothing was changed. Stop it, and start again.`,
    )
  }
}

async function build(building: string, { description, load }: Replacement): Promise<void> {
  const location = { kind: 'sqlite', file: building } as const
  await migrateTables(location, description.schema.app)
  withConnection(building, (connection) => connection.pragma('journal_mode = DELETE'))
  const connection = new SqliteConnection(building)
  try {
    // A failure deletes the file.
    connection.pragma('synchronous = OFF')
    // 64 MiB: indexes of random ids are written in any order.
    connection.pragma('cache_size = -65536')
    await replaceSqliteRows(connection, description, load)
  } finally {
    connection.close()
  }
  await migrateTables(location, 'newest')
  withConnection(building, (migrated) => {
    migrated.pragma('journal_mode = DELETE')
    const [first] = migrated.prepare<[], string>('PRAGMA quick_check').pluck().all()
    if (first !== 'ok')
      throw new BackupError(`The new database is damaged: ${first}. Check the disk.`)
  })
  syncFile(building)
}

interface NewFile {
  readonly path: string
  readonly building: string
  readonly now: Date
}

/** Returns the new name of the old file. There is a database under the name at every instant, if hard links exist. */
function takePlace({ path, building, now }: NewFile): string | null {
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const kept = existsSync(path) ? `${path}.before-restore-${stamp}` : null
  if (kept !== null) keep(path, kept)
  // Of a damaged file: SQLite would apply them to the new one.
  for (const suffix of companions) {
    if (existsSync(`${path}${suffix}`))
      renameSync(`${path}${suffix}`, `${kept ?? building}${suffix}`)
  }
  renameSync(building, path)
  syncFolder(dirname(path))
  return kept
}

function keep(path: string, kept: string): void {
  if (existsSync(kept)) throw new BackupError(`${kept} exists. Start again.`)
  try {
    linkSync(path, kept)
  } catch {
    renameSync(path, kept)
  }
}

function readAccessOf(file: string): AccessState {
  return withConnection(file, readAccess)
}

function readAccess(connection: Connection): AccessState {
  const read = (query: string) => new Map(readPairs(connection, query))
  return {
    users: read(accessQueries.users),
    suspended: read(accessQueries.suspended),
    takenDown: read(accessQueries.takenDown),
    tokens: read(accessQueries.tokens),
  }
}

/** None if the database is older than the table or the column. */
function readPairs(connection: Connection, query: string): readonly [string, string][] {
  try {
    return connection.prepare<[], [string, string]>(query).raw().all()
  } catch (error) {
    if (error instanceof SqliteConnection.SqliteError && error.code === 'SQLITE_ERROR') return []
    throw error
  }
}

function withConnection<Result>(file: string, work: (connection: Connection) => Result): Result {
  const connection = new SqliteConnection(file)
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function removeFile(file: string): void {
  for (const suffix of ['', ...companions]) rmSync(`${file}${suffix}`, { force: true })
}
