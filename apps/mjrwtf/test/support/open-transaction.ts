import pg from 'pg'
import type { Storage } from './storage.ts'

/**
 * A PostgreSQL transaction that stays open, so that concurrent statements wait for its row locks.
 */
export interface OpenTransaction extends AsyncDisposable {
  run(sql: string): Promise<void>
  commit(): Promise<void>
  /** Resolves once another statement waits for a lock. */
  blocksAnother(): Promise<void>
}

/** Begins a transaction on a separate connection. Without a commit it is rolled back. */
export async function openTransaction(storage: Storage): Promise<OpenTransaction> {
  const client = new pg.Client({ connectionString: storage.url })
  await client.connect()
  await client.query('BEGIN')
  return {
    run: async (sql) => void (await client.query(sql)),
    commit: async () => void (await client.query('COMMIT')),
    async blocksAnother() {
      const waiting = `SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`
      while ((await storage.query(waiting)).length === 0);
    },
    async [Symbol.asyncDispose]() {
      await client.end()
    },
  }
}
