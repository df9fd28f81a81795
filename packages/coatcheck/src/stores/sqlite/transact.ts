import { SessionError } from '../../domain/errors.ts'
import type { SqliteDatabase } from './database.ts'

/** Runs `work`; whatever the driver throws becomes `store-unavailable`. */
export function withSessionErrors<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw toSessionError(error)
  }
}

function toSessionError(error: unknown): SessionError {
  if (error instanceof SessionError) return error
  return new SessionError('store-unavailable', 'The SQLite session store failed', { cause: error })
}

/**
 * Runs `work` as one transaction. IMMEDIATE takes the write lock before anything is read, so what was
 * read still holds when it is acted on, whichever process asks.
 */
export function transact<Result>(database: SqliteDatabase, work: () => Result): Result {
  return withSessionErrors(() => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      database.exec('COMMIT')
      return result
    } catch (error) {
      rollBack(database)
      throw error
    }
  })
}

/** A full disk makes SQLite roll back by itself; the first error is the one to tell. */
function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {}
}

/** Whether SQLite refused a row because the row it refers to does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // better-sqlite3 names the condition, node:sqlite gives SQLITE_CONSTRAINT_FOREIGNKEY's number.
  if ('errcode' in error) return error.errcode === 787
  return 'code' in error && error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY'
}
