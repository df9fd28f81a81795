import {
  createPostgresGrantStore,
  createPostgresRevocationChannel,
  createPostgresSessionStore,
} from 'coatcheck/postgres'
import { runChaosWorker } from 'coatcheck/testing-chaos'
import pg from 'pg'
import { withBug } from './bugs.ts'

/** A worker process of fault injection on PostgreSQL. Its waits are short, so that a run is. */
runChaosWorker(({ host, port }, { url = '', bug = '', cache = 'on' }) => {
  const connection = new URL(url)
  connection.hostname = host
  connection.port = String(port)
  const options =
    '-c lock_timeout=300 -c statement_timeout=700 -c idle_in_transaction_session_timeout=700'
  const settings = { connectionString: connection.href, application_name: 'chaos', options }
  const timeouts = { connectionTimeoutMillis: 700, query_timeout: 1_000 }
  const pool = new pg.Pool({ ...settings, ...timeouts, max: 6 })
  // A broken idle connection is replaced by the next use.
  pool.on('error', () => {})
  const stores = {
    sessions: createPostgresSessionStore(pool),
    grants: createPostgresGrantStore(pool),
    channel:
      cache === 'on'
        ? createPostgresRevocationChannel({
            createClient: () => new pg.Client({ ...settings, connectionTimeoutMillis: 700 }),
          })
        : null,
  }
  return withBug(bug, stores)
})
