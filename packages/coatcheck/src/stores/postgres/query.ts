import { isSessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-record.ts'
import type { PostgresClient, PostgresPool, PostgresQuery } from './driver.ts'
import { isServerError, toSessionError } from './to-session-error.ts'

/** Runs one statement and returns its rows. Rejects with a `StoreFailureCode` for any error of the driver. */
export function query(pool: PostgresPool, statement: PostgresQuery): Promise<readonly unknown[]> {
  return withSessionErrors(async () => (await pool.query(statement)).rows)
}

async function withSessionErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw toSessionError(error)
  }
}

/** Runs a statement of a transaction. It sees what was committed when it started. */
export type RunQuery = (statement: PostgresQuery) => Promise<readonly unknown[]>

/**
 * Starts a transaction in which the server bounds every wait: a timeout of the client would leave the
 * server's process waiting, and a client that dies would hold its locks. The bounds are set in the
 * transaction, because a pooler discards the state of a session. A bound that the app has set applies
 * instead.
 *
 * - Waiting for a lock, less than any timeout of a client.
 * - A statement.
 * - Between two statements, in which a process may have died. The server then closes the connection.
 */
const beginBounded = `
  BEGIN ISOLATION LEVEL READ COMMITTED;
  SELECT set_config(name, bound, true) FROM (VALUES
    ('lock_timeout', '2s'),
    ('statement_timeout', '5s'),
    ('idle_in_transaction_session_timeout', '5s')
  ) AS bounds (name, bound) WHERE current_setting(name) = '0'`

/** Runs `work` as one READ COMMITTED transaction on one connection. */
export function transact<Result>(
  pool: PostgresPool,
  work: (query: RunQuery) => Promise<Result>,
  begin = beginBounded,
): Promise<Result> {
  return withSessionErrors(async () => {
    const client = await pool.connect()
    // A connection that breaks between two statements emits `error`, which ends the process without a
    // listener. The next statement fails, so the event can be ignored.
    client.on('error', swallowError)
    try {
      await client.query({ text: begin })
      const result = await work(async (statement) => (await client.query(statement)).rows)
      await client.query({ text: 'COMMIT' })
      release(client)
      return result
    } catch (error) {
      await rollBack(client, error)
      throw error
    }
  })
}

/**
 * Runs one statement that may wait for a lock, and returns its rows. A transaction, because only in one
 * can a bound apply to the statement and to nothing else.
 */
export function write(pool: PostgresPool, statement: PostgresQuery): Promise<readonly unknown[]> {
  return transact(pool, (query) => query(statement))
}

async function rollBack(client: PostgresClient, error: unknown): Promise<void> {
  try {
    // The client has given up and the statement may still run, so ROLLBACK would wait for it.
    if (!(isSessionError(error) || isServerError(error))) throw error
    await client.query({ text: 'ROLLBACK' })
    release(client)
  } catch {
    // The state of the connection is unknown, so it is closed.
    release(client, new Error('The connection was lost in a transaction'))
  }
}

function release(client: PostgresClient, error?: Error): void {
  client.removeListener('error', swallowError)
  client.release(error)
}

function swallowError(): void {}

/** Whether a statement failed because another transaction held a lock for too long. */
export function isLockTimeout(error: unknown): boolean {
  return getField(isSessionError(error) ? error.cause : error, 'code') === '55P03'
}

/** Whether PostgreSQL rejected a row because the row that it references does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return getField(error, 'code') === '23503'
}
