import { SessionError } from '../../domain/errors.ts'
import type { SqliteDatabase } from './database.ts'

/** Runs `work`. Throws `store-unavailable` for any error of the driver. */
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
 * Runs `work` as one transaction. IMMEDIATE takes the write lock before the first read, so that no
 * other process can change what was read before the write.
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

/** Ignores errors: SQLite has already rolled back if the disk is full, and the first error is rethrown. */
function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {}
}

/** Whether SQLite rejected a row because the row that it references does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // node:sqlite has the number of SQLITE_CONSTRAINT_FOREIGNKEY, better-sqlite3 its name.
  if ('errcode' in error) return error.errcode === 787
  return 'code' in error && error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY'
}
