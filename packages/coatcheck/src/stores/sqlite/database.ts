import { rejectOption } from '../../domain/errors.ts'
import { type ExpectedObject, requireMethods } from '../../domain/options.ts'
import { getField } from '../../domain/stored-fields.ts'
import { toSessionError } from './to-session-error.ts'

/** A value of a statement parameter. */
export type SqliteValue = string | number | Uint8Array | null

/** Named parameters, without the colon. */
export type SqliteParameters = Record<string, SqliteValue>

/** The part of a prepared statement that the store uses. */
export interface SqliteStatement {
  run(parameters: SqliteParameters): { readonly changes: number | bigint }
  /** Returns the first row, or `undefined` or `null` if there is none. */
  get(parameters: SqliteParameters): unknown
  all(parameters: SqliteParameters): readonly unknown[]
}

/**
 * The part of a SQLite driver that the store uses: `DatabaseSync` of `node:sqlite`, `better-sqlite3`, and
 * `Database` of `bun:sqlite` with `{ strict: true }`, without which it ignores the parameters' names.
 *
 * Give the store a connection of its own: while other code has a transaction open on it, operations of
 * the store fail or become part of it. `Sessions.transaction` uses the app's. Recommended before use:
 *
 * - `PRAGMA journal_mode = WAL`: readers and the writer do not block each other.
 * - `PRAGMA busy_timeout = 5000` for the migrations, because several processes may start at once, and
 *   then `PRAGMA busy_timeout = 0`: SQLite waits synchronously for a write of another process, so that
 *   nothing else runs in this one. The store waits up to three seconds without blocking the process,
 *   and then rejects with `store-unavailable`. See `createBusyRetry` for your own statements.
 * - `PRAGMA foreign_keys = ON`: required for `userReference` of the migrations to take effect.
 * - `PRAGMA synchronous = FULL` (the default): completed operations survive a power failure. `NORMAL`
 *   is faster but loses the latest ones, so a revoked session could become active again. Both survive
 *   a crash of the process.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

/** A database that can be closed. `DatabaseSync` of `node:sqlite` and `better-sqlite3` fit. */
export interface ClosableSqliteDatabase extends SqliteDatabase {
  close(): unknown
}

/** Whether `get` found a row. `bun:sqlite` returns `null` for none, the other drivers `undefined`. */
export function isRow(row: unknown): boolean {
  return row !== undefined && row !== null
}

/** What functions that take a database need. */
export const expectedDatabase: ExpectedObject = {
  methods: ['exec', 'prepare'],
  expected: "an open database, such as new DatabaseSync('app.db') of node:sqlite",
}

/**
 * The current time in milliseconds, by the clock of the machine, which all processes of a file share. It
 * is an SQL expression, so that it is read under the lock of the statement.
 */
export const currentTime = `CAST(round(unixepoch('subsec') * 1000) AS INTEGER)`

const roles = new WeakMap<SqliteDatabase, 'store' | 'channel'>()

/**
 * Reserves a connection for the store or for channels. SQLite reports only commits of other
 * connections, so a channel on the store's connection would miss the store's changes. Throws
 * `invalid-option` if the connection already has the other role.
 */
export function claimConnection(database: SqliteDatabase, role: 'store' | 'channel'): void {
  requireMethods('database', database, expectedDatabase)
  const claimedRole = roles.get(database) ?? role
  if (claimedRole !== role) {
    rejectOption(
      'The revocation channel needs its own connection: open the file a second time for it',
    )
  }
  roles.set(database, role)
}

/** Runs `work`. Throws a `StoreFailureCode` for any error of the driver. */
export function withSessionErrors<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw toSessionError(error)
  }
}

/** Connections whose open transaction belongs to the app. */
const joined = new WeakSet<SqliteDatabase>()

/** A connection of the app on which `transact` uses a savepoint of the app's open transaction. */
export function joinTransaction(database: SqliteDatabase): SqliteDatabase {
  const connection: SqliteDatabase = {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare(sql),
  }
  joined.add(connection)
  return connection
}

export function isSqliteDatabase(value: unknown): value is SqliteDatabase {
  return typeof value === 'object' && value !== null && 'exec' in value && 'prepare' in value
}

/**
 * Whether the app has a transaction open on the connection. `node:sqlite` and `bun:sqlite` have one
 * property for it, `better-sqlite3` another.
 */
export function hasOpenTransaction(database: SqliteDatabase): boolean {
  const isOpen = getField(database, 'isTransaction') ?? getField(database, 'inTransaction')
  return typeof isOpen === 'boolean' ? isOpen : !canBegin(database)
}

/** For `node:sqlite` before Node 22.16, which has no such property: SQLite begins no second transaction. */
function canBegin(database: SqliteDatabase): boolean {
  try {
    database.exec('BEGIN')
  } catch {
    return false
  }
  database.exec('ROLLBACK')
  return true
}

/**
 * Runs `work` as one transaction. IMMEDIATE takes the write lock before the first read, so that no
 * other process can change what was read before the write.
 */
export function transact<Result>(database: SqliteDatabase, work: () => Result): Result {
  const { begin, commit, rollBack } = joined.has(database) ? savepoint : ownTransaction
  return withSessionErrors(() => {
    database.exec(begin)
    try {
      const result = work()
      database.exec(commit)
      return result
    } catch (error) {
      execIgnoringErrors(database, rollBack)
      throw error
    }
  })
}

const ownTransaction = { begin: 'BEGIN IMMEDIATE', commit: 'COMMIT', rollBack: 'ROLLBACK' }

const savepoint = {
  begin: 'SAVEPOINT coatcheck',
  commit: 'RELEASE coatcheck',
  rollBack: 'ROLLBACK TO coatcheck; RELEASE coatcheck',
}

/** SQLite has already rolled back if the disk is full, and the first error is rethrown. */
function execIgnoringErrors(database: SqliteDatabase, sql: string): void {
  try {
    database.exec(sql)
  } catch {}
}

/** Whether SQLite rejected a row because the row that it references does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  // node:sqlite has the number of SQLITE_CONSTRAINT_FOREIGNKEY, better-sqlite3 its name.
  const isNumber = getField(error, 'errcode') === 787
  return isNumber || getField(error, 'code') === 'SQLITE_CONSTRAINT_FOREIGNKEY'
}
