export type RepositoryErrorCode =
  | 'database-unavailable'
  /** The database can be read, but not written at present: its disk is full, or it is a replica. Nothing was changed. */
  | 'database-read-only'

/** The database failed or did not respond in time. `cause` is the original error. Respond with 503. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError'
  readonly code: RepositoryErrorCode

  constructor(
    message: string,
    { code = 'database-unavailable', cause }: RepositoryErrorOptions = {},
  ) {
    super(message, { cause })
    this.code = code
  }
}

export interface RepositoryErrorOptions extends ErrorOptions {
  /** Default `database-unavailable`. */
  readonly code?: RepositoryErrorCode
}
