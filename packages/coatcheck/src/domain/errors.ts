/** Stable codes of `SessionError`; messages may be reworded, codes may not. */
export type SessionErrorCode =
  /** An option has a value that is not accepted; the message names it. */
  | 'invalid-option'
  /** A call was made with an argument that breaks its contract. */
  | 'invalid-argument'
  /** The app's table of users, where sessions refer to it, has no such user: gone since they were looked up. */
  | 'unknown-user'
  /** The backend of the store failed or did not answer. */
  | 'store-unavailable'
  /** A stored record cannot be read: damaged, or written by a newer version. */
  | 'corrupt-record'
  /** A record was inserted under an id that is in use. */
  | 'id-in-use'
  /** Session data was changed by others so often that this change could not be merged. */
  | 'data-contended'
  /** Nothing was looked up for a token: too many unknown ones came from its address. */
  | 'throttled'
  /** The sessions object was closed. */
  | 'closed'
  /** The tables were migrated by a newer version of the library. */
  | 'schema-too-new'

/** Misuse by the developer, failure of a backend, or a flood. Branch on `code`; `cause` holds what lies beneath. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: SessionErrorCode

  constructor(code: SessionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Whether an error says that one stored record cannot be read, while the store itself is well. */
export function isCorruptRecord(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'corrupt-record'
}
