import pg from 'pg'
import type { Storage } from './storage.ts'

/** A transaction on PostgreSQL that is held open: what comes meanwhile meets rows about to change. */
export interface OpenTransaction extends AsyncDisposable {
  run(sql: string): Promise<void>
  commit(): Promise<void>
  /** Settles once somebody waits for what the transaction holds. */
  blocksAnother(): Promise<void>
}

/** Begins one beside the app, on a connection of its own. Without a commit it is rolled back. */
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
