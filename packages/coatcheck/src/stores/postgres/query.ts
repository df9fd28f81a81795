import { SessionError } from '../../domain/errors.ts'
import type { PostgresClient, PostgresPool, PostgresQuery } from './driver.ts'

/** Runs one statement and returns its rows. Rejects with `store-unavailable` for any error of the driver. */
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

function toSessionError(error: unknown): SessionError {
  if (error instanceof SessionError) return error
  const cause = redactError(error)
  return new SessionError('store-unavailable', 'The PostgreSQL session store failed', { cause })
}

/** Runs a statement of a transaction. It sees what was committed when it started. */
export type RunQuery = (statement: PostgresQuery) => Promise<readonly unknown[]>

/** Runs `work` as one READ COMMITTED transaction on one connection. */
export function transact<Result>(
  pool: PostgresPool,
  work: (query: RunQuery) => Promise<Result>,
): Promise<Result> {
  return withSessionErrors(async () => {
    const client = await pool.connect()
    // A connection that breaks between two statements emits `error`, which ends the process without a
    // listener. The next statement fails, so the event can be ignored.
    client.on('error', swallowError)
    try {
      await client.query({ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' })
      const result = await work(async (statement) => (await client.query(statement)).rows)
      await client.query({ text: 'COMMIT' })
      release(client)
      return result
    } catch (error) {
      await rollBack(client)
      throw error
    }
  })
}

async function rollBack(client: PostgresClient): Promise<void> {
  try {
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

/** Locks the user until the end of the transaction, across all processes. */
export function lockUser(query: RunQuery, userId: string): Promise<unknown> {
  // A separate statement: the deciding one must start, and take its snapshot, after the lock is held.
  return query({
    text: `SELECT pg_advisory_xact_lock(hashtextextended('coatcheck:user:' || $1, 0))`,
    values: [userId],
  })
}

/**
 * Keeps only the message and the code of a server error. Its other fields can contain the row or the
 * parameters, with hashes and data (`log_parameter_max_length_on_error` adds them to the context).
 */
function redactError(error: unknown): unknown {
  if (!(error instanceof Error) || !('severity' in error)) return error
  const code = 'code' in error ? String(error.code) : 'unknown'
  return new Error(`${error.message} (${code})`)
}

/** Whether PostgreSQL rejected a row because the row that it references does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503'
}
