import type { RetryWhileBusy } from 'coatcheck/sqlite'
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteDialect,
  type SqliteDialectConfig,
} from 'kysely'
import { type Execute, type ObserveStatement, observed } from './observed-statements.ts'

export interface BusySqliteOptions {
  readonly retryWhileBusy: RetryWhileBusy
  /** Called once for each statement, however often it was repeated. */
  readonly observeStatement?: ObserveStatement | undefined
}

/**
 * A dialect that repeats a statement while another process holds the write lock, without blocking this one. It has no
 * streams, which cannot be repeated.
 */
export function createBusySqliteDialect(
  config: SqliteDialectConfig,
  options: BusySqliteOptions,
): Dialect {
  const dialect = new SqliteDialect(config)
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (kysely) => dialect.createIntrospector(kysely),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => withRetry(dialect.createDriver(), options),
  }
}

function withRetry(driver: Driver, options: BusySqliteOptions): Driver {
  const acquire = driver.acquireConnection.bind(driver)
  // The driver has one connection. A new object for each statement would cost Kysely as much as some statements.
  const repeating = new WeakMap<DatabaseConnection, DatabaseConnection>()
  driver.acquireConnection = async () => {
    const connection = await acquire()
    const known = repeating.get(connection)
    if (known !== undefined) return known
    const created = repeatingConnection(connection, options)
    repeating.set(connection, created)
    return created
  }
  return driver
}

function repeatingConnection(
  connection: DatabaseConnection,
  { retryWhileBusy, observeStatement }: BusySqliteOptions,
): DatabaseConnection {
  const execute: Execute = (query) => retryWhileBusy(() => connection.executeQuery(query))
  return {
    executeQuery: observed(execute, observeStatement),
    streamQuery() {
      throw new Error('Streams are not supported: a busy database would end them.')
    },
  }
}
