import { isSessionError, type SessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-record.ts'
import { tableInUse } from '../tables/migration-errors.ts'
import { toSessionError } from './to-session-error.ts'

/** The error of a migration that SQLite rejected. Says what to do. */
export function toMigrationError(error: unknown): SessionError {
  if (isSessionError(error)) return error
  const message = String(getField(error, 'message'))
  // There is no code for it: table "…", index "…", view or trigger.
  const isDuplicate = /already exists|there is already/.test(message)
  return isDuplicate
    ? tableInUse(`an object of this name (${message})`, error)
    : toSessionError(error)
}
