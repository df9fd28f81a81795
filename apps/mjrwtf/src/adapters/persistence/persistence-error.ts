export type PersistenceErrorCode =
  | 'directory-not-writable'
  | 'not-a-database'
  | 'database-too-new'
  | 'database-unreachable'

/** Why the database cannot be used at all: print `message`, one line for the operator, and stop. */
export class PersistenceError extends Error {
  override readonly name = 'PersistenceError'
  readonly code: PersistenceErrorCode

  constructor(code: PersistenceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The error's stable code, `SQLITE_…`, `E…` or a SQLSTATE, or an empty text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
