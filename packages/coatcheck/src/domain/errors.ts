/** Stable codes of `SessionError`; messages may change, codes may not. */
export type SessionErrorCode =
  /** An option has an invalid value; the message names the option. */
  | 'invalid-option'
  /** An argument violates the contract of a call. */
  | 'invalid-argument'
  /** The app's user table, which sessions reference, has no such user: deleted since it was read. */
  | 'unknown-user'
  /** The backend of the store failed or did not respond. */
  | 'store-unavailable'
  /** A stored record cannot be read: it is damaged or was written by a newer version. */
  | 'corrupt-record'
  /** A record was inserted under an id that is in use. */
  | 'id-in-use'
  /** Concurrent changes of the session data prevented this change from being merged. */
  | 'data-contended'
  /** A token was not looked up: too many unknown tokens came from its IP address. */
  | 'throttled'
  /** The sessions object was closed. */
  | 'closed'
  /** The tables were migrated by a newer version of the library. */
  | 'schema-too-new'

/** Misuse by the developer, a backend failure, or throttling. Branch on `code`; `cause` is the underlying error. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: SessionErrorCode

  constructor(code: SessionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Throws `invalid-option`. The message begins with the name of the option. */
export function rejectOption(message: string): never {
  throw new SessionError('invalid-option', message)
}

/** Whether one stored record is unreadable, while the store itself works. */
export function isCorruptRecord(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'corrupt-record'
}
