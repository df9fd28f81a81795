import { SessionError } from '../../domain/errors.ts'
import type { PostgresClient, PostgresPool, PostgresQuery } from './driver.ts'

/** Runs one statement and returns its rows; whatever the driver rejects with becomes `store-unavailable`. */
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

/** What a transaction asks. Each statement sees what had been committed when it began. */
export type RunQuery = (statement: PostgresQuery) => Promise<readonly unknown[]>

/** Runs `work` as one READ COMMITTED transaction on one connection. */
export function transact<Result>(
  pool: PostgresPool,
  work: (query: RunQuery) => Promise<Result>,
): Promise<Result> {
  return withSessionErrors(async () => {
    const client = await pool.connect()
    // A connection that breaks between two statements tells so by an event, and one that nobody
    // listens to ends the process. The next statement fails, which is all that has to be known.
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
    // Nothing is known of a connection that cannot even roll back.
    release(client, new Error('The connection was lost in a transaction'))
  }
}

function release(client: PostgresClient, error?: Error): void {
  client.removeListener('error', swallowError)
  client.release(error)
}

function swallowError(): void {}

/** Takes the user's turn: until the end of the transaction no other can, in this process or another. */
export function lockUser(query: RunQuery, userId: string): Promise<unknown> {
  // A statement of its own: the one that decides must begin, and so look, after the wait.
  return query({
    text: `SELECT pg_advisory_xact_lock(hashtextextended('coatcheck:user:' || $1, 0))`,
    values: [userId],
  })
}

/**
 * What the server says around an error can show the row or the parameters, with hashes and data
 * (`log_parameter_max_length_on_error` puts them into its context): only message and code go further.
 */
function redactError(error: unknown): unknown {
  if (!(error instanceof Error) || !('severity' in error)) return error
  const code = 'code' in error ? String(error.code) : 'unknown'
  return new Error(`${error.message} (${code})`)
}

/** Whether PostgreSQL refused a row because the row it refers to does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503'
}
