import type { RetryWhileBusy } from 'coatcheck/sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteDialect,
  type SqliteDialectConfig,
} from 'kysely'

/**
 * A dialect that repeats a statement while another process holds the write lock, without blocking this one. It has no
 * streams, which cannot be repeated.
 */
export function createBusySqliteDialect(
  config: SqliteDialectConfig,
  retryWhileBusy: RetryWhileBusy,
): Dialect {
  const dialect = new SqliteDialect(config)
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (kysely) => dialect.createIntrospector(kysely),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => withRetry(dialect.createDriver(), retryWhileBusy),
  }
}

function withRetry(driver: Driver, retryWhileBusy: RetryWhileBusy): Driver {
  const acquire = driver.acquireConnection.bind(driver)
  driver.acquireConnection = async () => {
    const connection = await acquire()
    return {
      executeQuery: <Row>(query: CompiledQuery) =>
        retryWhileBusy(() => connection.executeQuery<Row>(query)),
      streamQuery() {
        throw new Error('Streams are not supported: a busy database would end them.')
      },
    } satisfies DatabaseConnection
  }
  return driver
}
