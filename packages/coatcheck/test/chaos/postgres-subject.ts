import { setTimeout } from 'node:timers/promises'
import {
  createPostgresGrantStore,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import type { ChaosSubject } from 'coatcheck/testing-chaos'
import pg from 'pg'

/** How to start the workers. */
export interface SubjectOptions {
  /** Name of a bug of the workers. Default: none. */
  readonly bug?: string
  /** Whether workers verify with a cache. Default: yes. */
  readonly cache?: 'on' | 'off'
}

/** Prepares a database for fault injection. */
export async function openPostgresSubject(
  url: string,
  options: SubjectOptions = {},
): Promise<ChaosSubject & AsyncDisposable> {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  pool.on('error', () => {})
  await migratePostgresSessions(pool)
  const { hostname: host, port } = new URL(url)
  return {
    workerFile: new URL('worker.ts', import.meta.url),
    database: { host, port: Number(port) },
    parameters: { url, ...options },
    sessions: createPostgresSessionStore(pool),
    grants: createPostgresGrantStore(pool),
    async empty() {
      await pool.query(deleteAll)
    },
    waitUntilIdle: () => waitUntilIdle(pool),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

const deleteAll = ['', '_pending_sign_ins', '_grants', '_user_endings', '_sweeps']
  .map((suffix) => `DELETE FROM session${suffix === '' ? 's' : suffix}`)
  .join('; ')

const busy = `
  SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'chaos' AND state <> 'idle'`

/** Waits until the server has been idle twice: a statement that was held back may still be on its way. */
async function waitUntilIdle(pool: pg.Pool): Promise<void> {
  for (let idle = 0; idle < 2; ) {
    await setTimeout(10)
    idle = (await pool.query(busy)).rows.length === 0 ? idle + 1 : 0
  }
}
