import type { Database } from './database.ts'
import type { PostgresClient, PostgresPool } from './driver.ts'
import { createNamedRun } from './named-statements.ts'
import { leavesConnectionIdle } from './server-error.ts'

/** A database through a Pool of `pg`. */
export function createPgDatabase(pool: PostgresPool): Database {
  return {
    query: createNamedRun(async (statement) => (await pool.query(statement)).rows),
    async transact(setup, work) {
      const client = await pool.connect()
      // A connection that breaks between two statements emits `error`, which ends the process without a
      // listener. The next statement fails, so the event can be ignored.
      client.on('error', swallowError)
      try {
        await client.query({ text: `BEGIN ISOLATION LEVEL READ COMMITTED; ${setup}` })
        const result = await work(async (statement) => (await client.query(statement)).rows)
        await client.query({ text: 'COMMIT' })
        release(client)
        return result
      } catch (error) {
        await rollBack(client, error)
        throw error
      }
    },
  }
}

async function rollBack(client: PostgresClient, error: unknown): Promise<void> {
  try {
    // The client has given up and the statement may still run, so ROLLBACK would wait for it.
    if (!leavesConnectionIdle(error)) throw error
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
