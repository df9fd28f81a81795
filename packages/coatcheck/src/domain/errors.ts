/** Stable codes of `SessionError` by which a store fails. A message says what to do. */
export type StoreFailureCode =
  /** A table or a column of the store does not exist: run the migrations. */
  | 'not-migrated'
  /** The role or process may not read or write the tables or the file. */
  | 'missing-privilege'
  /**
   * The database can be read, but not written at present: it is a replica, its disk is full, or the file is
   * read-only. Sessions are verified as usual; what would change them fails.
   */
  | 'read-only'
  /**
   * The database has tables or other objects with the names of the session tables that the migrations did
   * not create: set `tablePrefix`.
   */
  | 'table-in-use'
  /** A column has another type than the store expects. */
  | 'wrong-column-type'
  /**
   * No connection: the server is down, unknown, full or starting, or refuses the user, the password or
   * the name of the database.
   */
  | 'connection-refused'
  /** The backend of the store failed otherwise, or did not respond. */
  | 'store-unavailable'

/** Stable codes of `SessionError`; messages may change, codes may not. */
export type SessionErrorCode =
  | StoreFailureCode
  /** An option has an invalid value; the message names the option. */
  | 'invalid-option'
  /** An argument violates the contract of a call. */
  | 'invalid-argument'
  /** The app's user table, which sessions reference, has no such user: deleted since it was read. */
  | 'unknown-user'
  /** A stored record cannot be read: it is damaged or was written by a newer version. */
  | 'corrupt-record'
  /** A record was inserted under an id that is in use. */
  | 'id-in-use'
  /** A token was not looked up: too many unknown tokens came from its IP address. */
  | 'throttled'
  /** The sessions object was closed. */
  | 'closed'
  /** The tables were migrated by a newer version of the library. */
  | 'schema-too-new'

/** In the registry of symbols, which all copies of the library and all realms of a process share. */
const brand: unique symbol = Symbol.for('coatcheck.SessionError')

/**
 * Misuse by the developer, a backend failure, or throttling. Branch on `code`; `cause` is the underlying
 * error. Recognize one with `isSessionError`, never with `instanceof`, which fails for an error of another
 * copy of the library (bundled twice) or of another realm (Jest, vitest's vmThreads).
 */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: SessionErrorCode

  constructor(code: SessionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** @internal */
  get [brand](): true {
    return true
  }
}

/** Whether a thrown value is a `SessionError`, of this or another copy of the library or realm. */
export function isSessionError(error: unknown): error is SessionError {
  return typeof error === 'object' && error !== null && brand in error
}

/** Throws `invalid-option`. The message begins with the name of the option. */
export function rejectOption(message: string): never {
  throw new SessionError('invalid-option', message)
}

/** Whether one stored record is unreadable, while the store itself works. */
export function isCorruptRecord(error: unknown): boolean {
  return isSessionError(error) && error.code === 'corrupt-record'
}

const storeFailureCodes: ReadonlySet<string> = new Set<StoreFailureCode>([
  'not-migrated',
  'missing-privilege',
  'read-only',
  'table-in-use',
  'wrong-column-type',
  'connection-refused',
  'store-unavailable',
])

/** A `SessionError` after which nothing is known about a session. */
export interface StoreFailure extends SessionError {
  readonly code: StoreFailureCode | 'closed'
}

/**
 * Whether nothing is known about the session, because the store failed or the sessions object was closed
 * while the request was in flight: respond 503 and keep the cookie, as guards and `respondToFailure` do.
 */
export function isStoreFailure(error: unknown): error is StoreFailure {
  return isSessionError(error) && (storeFailureCodes.has(error.code) || error.code === 'closed')
}
