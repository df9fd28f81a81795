import { isSessionError, SessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'
import { isServerError } from './to-session-error.ts'

/** Whether the connection can be used after the error: no statement is running. */
export function leavesConnectionIdle(error: unknown): boolean {
  return isSessionError(error) || isServerError(error)
}

/** Whether a statement failed because another transaction held a lock for too long. */
export function isLockTimeout(error: unknown): boolean {
  return getField(isSessionError(error) ? error.cause : error, 'code') === '55P03'
}

/** Whether PostgreSQL rejected a row because the row that it references does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return getField(error, 'code') === '23503'
}

export function unknownUser(): SessionError {
  return new SessionError('unknown-user', 'The user of the session does not exist')
}
