import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import { isSessionError } from 'coatcheck'
import {
  createBusyRetry,
  createSqliteGrantStore,
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  migrateSqliteSessions,
  type RetryWhileBusy,
} from 'coatcheck/sqlite'
import { Kysely } from 'kysely'
import { RateLimiterSQLite } from 'rate-limiter-flexible'
import { type Milliseconds, minute } from '../../domain/time.ts'
import { createBusySqliteDialect } from './busy-sqlite.ts'
import { canWrite } from './can-write.ts'
import { codeOf } from './database.ts'
import { planMigration } from './migrations/migration.ts'
import { sqliteMigrations } from './migrations/sqlite-migrations.ts'
import { createRepositories, type Persistence } from './persistence.ts'
import { PersistenceError } from './persistence-error.ts'
import { createRateLimiter, type Limiter, type LimiterOptions } from './rate-limiter.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import type { Tables } from './tables.ts'
import { createSqliteTransact } from './transactions.ts'

type Connection = SqliteConnection.Database

/** For another process that migrates, as on PostgreSQL. */
const maxLockWait = minute

/** Opens the file, creating it if necessary, and migrates its tables. Blocks the process while another one migrates. */
export function openSqlite(file: string, lockWait: Milliseconds = maxLockWait): Persistence {
  const path = resolve(file)
  return withPersistenceError(path, () => {
    prepareFile(path)
    // Three connections: app statements never run inside a transaction of the session store, and the channel sees
    // the commits of the other two.
    const appConnection = connect(path, lockWait)
    const sessionConnection = connect(path, lockWait)
    const channelConnection = connect(path, lockWait)
    migrateSqlite(appConnection)
    // From now on, nothing waits synchronously for another process.
    for (const connection of [appConnection, sessionConnection, channelConnection]) {
      connection.pragma('busy_timeout = 0')
    }
    const cachedConnection = withStatementCache(appConnection)
    const retryWhileBusy = createBusyRetry()
    const kysely = new Kysely<Tables>({
      dialect: createBusySqliteDialect({ database: cachedConnection }, retryWhileBusy),
    })
    const transact = createSqliteTransact(appConnection, retryWhileBusy)
    const database = { kysely, dialect: sqliteDialect, transact }
    return {
      ...createRepositories(database),
      rateLimiter: createRateLimiter(database, (options) =>
        createSqliteLimiter(cachedConnection, options, retryWhileBusy),
      ),
      sessionStore: createSqliteSessionStore(sessionConnection),
      grantStore: createSqliteGrantStore(sessionConnection),
      revocationChannel: createSqliteRevocationChannel(channelConnection),
      async ping() {
        return appConnection.open && appConnection.prepare('SELECT 1').get() !== undefined
      },
      canWrite: () => canWrite(database),
      async close() {
        channelConnection.close()
        sessionConnection.close()
        appConnection.close()
      },
    }
  })
}

/** Only the process's user may read the file, which contains emails and hashes. SQLite copies its mode to -wal and -shm. */
function prepareFile(path: string): void {
  makeDirectory(dirname(path))
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

/** Not recursive: `mkdirSync` with `recursive` loops forever in a directory that rejects entries, such as /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process created it first.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function connect(path: string, lockWait: Milliseconds): Connection {
  // For the migrations: several processes may start at once.
  const connection = new SqliteConnection(path, { timeout: lockWait })
  connection.pragma('journal_mode = WAL')
  connection.pragma('foreign_keys = ON')
  // Commits survive a power failure: a signed-out session must not become active again.
  connection.pragma('synchronous = FULL')
  return connection
}

/** Migrates the tables of the app, then of the sessions, to the newest version, or drops them all (`to` 0). */
export function migrateSqlite(connection: Connection, to: 0 | 'newest' = 'newest'): void {
  const sessionOptions = { userReference: { table: 'users', column: 'id' } }
  if (to === 0) migrateSqliteSessions(connection, { ...sessionOptions, to: 0 })
  // Allows migrations to change constraints in the schema.
  connection.unsafeMode(true)
  // IMMEDIATE takes the write lock first, so that only one of several processes migrates.
  connection.transaction(() => migrateApp(connection, to)).immediate()
  connection.unsafeMode(false)
  if (to === 'newest') migrateSqliteSessions(connection, sessionOptions)
}

function migrateApp(connection: Connection, to: 0 | 'newest'): void {
  connection.exec(`CREATE TABLE IF NOT EXISTS app_migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`)
  const current = connection
    .prepare<[], number>('SELECT coalesce(max(version), 0) FROM app_migrations')
    .pluck()
    .get()
  const target = to === 0 ? 0 : sqliteMigrations.length
  const plan = planMigration(sqliteMigrations, current ?? 0, target)
  for (const { version, name, up } of plan.up) {
    connection.exec(up)
    connection
      .prepare('INSERT INTO app_migrations (version, name) VALUES (?, ?)')
      .run(version, name)
  }
  for (const { version, down } of plan.down) {
    connection.exec(down)
    connection.prepare('DELETE FROM app_migrations WHERE version = ?').run(version)
  }
}

/** Caches prepared statements: Kysely prepares a statement for every execution. */
function withStatementCache(connection: Connection) {
  const statements = new Map<string, SqliteConnection.Statement<unknown[]>>()
  return {
    close: () => connection.close(),
    transaction: <Result>(work: () => Result) => connection.transaction(work),
    prepare(sql: string) {
      const statement = statements.get(sql) ?? connection.prepare<unknown[]>(sql)
      if (statements.size < 200) statements.set(sql, statement)
      return statement
    },
  }
}

/** Uses the app connection: each count is one statement, or one transaction without a pause. */
function createSqliteLimiter(
  storeClient: ReturnType<typeof withStatementCache>,
  options: LimiterOptions,
  retryWhileBusy: RetryWhileBusy,
): Limiter {
  const limiter = new RateLimiterSQLite({ ...options, storeClient, storeType: 'better-sqlite3' })
  return {
    consume: (key, points) => retryWhileBusy(() => limiter.consume(key, points)),
    get: (key) => retryWhileBusy(() => limiter.get(key)),
  }
}

function withPersistenceError<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw toPersistenceError(path, error)
  }
}

const notWritableCodes =
  /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EISDIR|EEXIST|ENOSPC|SQLITE_(READONLY|CANTOPEN).*)$/

function isBusy(error: unknown): boolean {
  if (isSessionError(error)) return isBusy(error.cause)
  return codeOf(error).startsWith('SQLITE_BUSY')
}

function toPersistenceError(path: string, error: unknown): unknown {
  const code = codeOf(error)
  if (notWritableCodes.test(code)) {
    const message = `Cannot write the database file ${path} (${code}). Check the directory and its owner, or set DATABASE_URL.`
    return new PersistenceError('directory-not-writable', message, { cause: error })
  }
  if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
    const message = `The file ${path} is not a SQLite database, or it is corrupt.`
    return new PersistenceError('not-a-database', message, { cause: error })
  }
  if (isBusy(error)) {
    const message = `Another process has locked the file ${path}. Start again when it has finished its migration, or stop it.`
    return new PersistenceError('database-locked', message, { cause: error })
  }
  if (isSessionError(error) && error.code === 'schema-too-new') {
    return new PersistenceError('database-too-new', error.message, { cause: error })
  }
  return error
}
