/** What a statement can be given. */
export type SqliteValue = string | number | Uint8Array | null

/** Named parameters, without the colon. */
export type SqliteParameters = Record<string, SqliteValue>

/** The slice of a prepared statement that the store uses. */
export interface SqliteStatement {
  run(parameters: SqliteParameters): { readonly changes: number | bigint }
  /** The first row, or `undefined` when there is none. */
  get(parameters: SqliteParameters): unknown
  all(parameters: SqliteParameters): readonly unknown[]
}

/**
 * The slice of a SQLite driver that the store uses: both `DatabaseSync` of `node:sqlite` and
 * `better-sqlite3` fit it as they are.
 *
 * Give the store a connection of its own. Its operations would otherwise become part
 * of a transaction that other code holds open on the connection, and be undone with
 * it. Recommended before use:
 *
 * - `PRAGMA journal_mode = WAL`: readers and the one writer do not wait for each other.
 * - `PRAGMA busy_timeout = 5000`: milliseconds to wait for another process's write; by default
 *   none, and the operation rejects with `store-unavailable`.
 * - `PRAGMA foreign_keys = ON`: needed for `userReference` of the migrations to have an effect.
 * - `PRAGMA synchronous = FULL` (the default): an answered operation survives a power cut.
 *   `NORMAL` is faster, and loses the last of them then: a revoked session could come back. Both
 *   survive a crash of the process.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}
