import type { Database, RunQuery } from './database.ts'
import type { PostgresQuery } from './driver.ts'
import { toSessionError } from './to-session-error.ts'

/** Runs one statement and returns its rows. Rejects with a `StoreFailureCode` for any error of the driver. */
export function query(database: Database, statement: PostgresQuery): Promise<readonly unknown[]> {
  return withSessionErrors(() => database.query(statement))
}

async function withSessionErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw toSessionError(error)
  }
}

/**
 * The server bounds every wait of a transaction: a timeout of the client would leave the server's
 * process waiting, and a client that dies would hold its locks. The bounds are set in the transaction,
 * because a pooler discards the state of a session. A bound that the app has set applies instead.
 *
 * - Waiting for a lock, less than any timeout of a client.
 * - A statement.
 * - Between two statements, in which a process may have died. The server then closes the connection.
 */
const bounds = `
  SELECT set_config(name, bound, true) FROM (VALUES
    ('lock_timeout', '2s'),
    ('statement_timeout', '5s'),
    ('idle_in_transaction_session_timeout', '5s')
  ) AS bounds (name, bound) WHERE current_setting(name) = '0'`

/** Runs `work` as one READ COMMITTED transaction on one connection, after the statements of `setup`. */
export function transact<Result>(
  database: Database,
  work: (query: RunQuery) => Promise<Result>,
  setup = bounds,
): Promise<Result> {
  return withSessionErrors(() => database.transact(setup, work))
}

/**
 * Runs one statement that may wait for a lock, and returns its rows. A transaction, because only in one
 * can a bound apply to the statement and to nothing else.
 */
export function write(database: Database, statement: PostgresQuery): Promise<readonly unknown[]> {
  return transact(database, (query) => query(statement))
}
