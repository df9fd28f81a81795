export type PersistenceErrorCode =
  | 'directory-not-writable'
  | 'disk-full'
  | 'not-a-database'
  | 'database-missing'
  | 'database-empty'
  | 'database-outdated'
  | 'database-too-new'
  | 'unknown-version'
  | 'missing-privilege'
  | 'database-locked'
  | 'database-unreachable'
  | 'certificate-rejected'

/** The database cannot be used. `message` is one line for the operator: print it and exit. */
export class PersistenceError extends Error {
  override readonly name = 'PersistenceError'
  readonly code: PersistenceErrorCode

  constructor(code: PersistenceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
