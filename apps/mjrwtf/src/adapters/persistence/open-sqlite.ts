import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type SqliteConnection from 'better-sqlite3'
import {
  createBusyRetry,
  createSqliteGrantStore,
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  type RetryWhileBusy,
} from 'coatcheck/sqlite'
import { Kysely } from 'kysely'
import { RateLimiterSQLite } from 'rate-limiter-flexible'
import { createBusySqliteDialect } from './busy-sqlite.ts'
import { canWrite } from './can-write.ts'
import type { ObserveStatement } from './observed-statements.ts'
import { createRepositories, type Persistence } from './persistence.ts'
import { PersistenceError } from './persistence-error.ts'
import { createRateLimiter, type Limiter, type LimiterOptions } from './rate-limiter.ts'
import { type Connection, connect, explained } from './schema/sqlite-file.ts'
import { requireCurrentTables } from './schema/sqlite-schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import type { Tables } from './tables.ts'
import { createSqliteTransact } from './transactions.ts'

/** Opens the file, whose tables must have the version of this program. */
export function openSqlite(file: string, observeStatement?: ObserveStatement): Persistence {
  const path = resolve(file)
  if (!existsSync(path)) {
    const message = `There is no database file ${path}. Start the server once with "mjrwtf serve", or check DATABASE_URL.`
    throw new PersistenceError('database-missing', message)
  }
  return explained(path, () => {
    // Three connections: app statements never run inside a transaction of the session store, and the channel sees
    // the commits of the other two.
    const appConnection = connect(path)
    try {
      requireCurrentTables(appConnection)
    } catch (error) {
      appConnection.close()
      throw error
    }
    const sessionConnection = connect(path)
    const channelConnection = connect(path)
    // From now on, nothing waits synchronously for another process.
    for (const connection of [appConnection, sessionConnection, channelConnection]) {
      connection.pragma('busy_timeout = 0')
    }
    const cachedConnection = withStatementCache(appConnection)
    const retryWhileBusy = createBusyRetry()
    const kysely = new Kysely<Tables>({
      dialect: createBusySqliteDialect(
        { database: cachedConnection },
        { retryWhileBusy, observeStatement },
      ),
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
      connections: () => [],
      async close() {
        channelConnection.close()
        sessionConnection.close()
        appConnection.close()
      },
    }
  })
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
