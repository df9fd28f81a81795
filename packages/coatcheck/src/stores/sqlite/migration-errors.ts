import type { SessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'
import { tableInUse } from '../tables/migration-errors.ts'
import { toSessionError } from './to-session-error.ts'

/** The error of a migration that SQLite rejected. Says what to do. */
export function toMigrationError(error: unknown): SessionError {
  const failure = toSessionError(error)
  if (failure.code !== 'store-unavailable') return failure
  // There is no code for it: table "…", index "…", view or trigger.
  const message = String(getField(failure.cause, 'message'))
  const isDuplicate = /already exists|there is already/.test(message)
  return isDuplicate ? tableInUse(`an object of this name (${message})`, failure.cause) : failure
}
