import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import { isSessionError } from 'coatcheck'
import { type Milliseconds, second } from '../../../domain/time.ts'
import { codeOf } from '../database.ts'
import { PersistenceError } from '../persistence-error.ts'

export type Connection = SqliteConnection.Database

/** For the few statements that run before a connection is used, such as the first switch to WAL. Blocks the process. */
const openingWait: Milliseconds = 5 * second

/** Only the process's user may read the file, which contains emails and hashes. SQLite copies its mode to -wal and -shm. */
export function createFile(path: string): void {
  makeDirectory(dirname(path))
  closeSync(openSync(path, 'a', 0o600))
}

/** Not recursive: `mkdirSync` with `recursive` loops forever in a directory that rejects entries, such as /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process created it first.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Connects to an existing file. */
export function connect(path: string, busyTimeout: Milliseconds = openingWait): Connection {
  chmodSync(path, 0o600)
  const connection = new SqliteConnection(path, { timeout: busyTimeout, fileMustExist: true })
  connection.pragma('journal_mode = WAL')
  connection.pragma('foreign_keys = ON')
  // Commits survive a power failure: a signed-out session must not become active again.
  connection.pragma('synchronous = FULL')
  return connection
}

const notWritableCodes =
  /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EISDIR|EEXIST|SQLITE_(READONLY|CANTOPEN).*)$/

/** Opening needs 32 KiB for the index of the log, `-shm`. */
const diskFullCodes = /^(ENOSPC|EDQUOT|SQLITE_(FULL|IOERR_(WRITE|SHM.*)))$/

/** Whether another process holds a lock that the work needed. */
export function isBusy(error: unknown): boolean {
  if (isSessionError(error)) return isBusy(error.cause)
  return codeOf(error).startsWith('SQLITE_BUSY')
}

/** Runs work on the file of this path. Its failures become `PersistenceError` if the operator has to fix something. */
export function explained<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw toPersistenceError(path, error)
  }
}

export function toPersistenceError(path: string, error: unknown): unknown {
  const code = codeOf(error)
  if (notWritableCodes.test(code)) {
    const message = `Cannot write the database file ${path} (${code}). Check the directory and its owner, or set DATABASE_URL.`
    return new PersistenceError('directory-not-writable', message, { cause: error })
  }
  if (diskFullCodes.test(code)) {
    const message = `There is no space to open the database file ${path} (${code}). Free space on its disk, then start again. Nothing was changed.`
    return new PersistenceError('disk-full', message, { cause: error })
  }
  if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
    const message = `The file ${path} is not a SQLite database, or it is corrupt.`
    return new PersistenceError('not-a-database', message, { cause: error })
  }
  if (isBusy(error)) {
    const message = `Another process has locked the file ${path}. Start again when it has finished its migration, or stop it.`
    return new PersistenceError('database-locked', message, { cause: error })
  }
  return error
}
