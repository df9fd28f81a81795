import pg from 'pg'
import { startPostgresProcess } from '../../tools/testing/postgres-server.ts'
import { type DatabaseCpu, watchDatabaseCpu } from './database-cpu.ts'

/**
 * PostgreSQL with its durable default configuration, except for vacuum and checkpoints, which would
 * fall into the measurement of some cases only. Tables are vacuumed between measurements instead.
 */
const settings = [
  'max_connections=300',
  'autovacuum=off',
  'checkpoint_timeout=1h',
  'max_wal_size=16GB',
]

/** The database server of a run, which is removed at its end. */
export interface PostgresServer {
  readonly version: string
  /** `null` if it cannot be measured. */
  readonly cpu: DatabaseCpu | null
  /** Creates an empty database and returns its URL. */
  create(name: string): Promise<string>
  /** Copies a database without connections and returns the copy's URL. */
  copy(name: string, from: string): Promise<string>
  /** Vacuums the tables, so that no case pays for earlier updates. */
  cleanUp(name: string): Promise<void>
  /** Counts operations on the tables since the database was created. Complete only once no connection is open. */
  counters(name: string): Promise<TableCounters>
  stop(): Promise<void>
}

export interface TableCounters {
  /** Lookups in tables, with or without an index. */
  readonly scans: number
  readonly inserted: number
  readonly updated: number
  /** Updated rows that changed no index. */
  readonly heapOnly: number
}

export async function startPostgres(): Promise<PostgresServer> {
  const postgresProcess = startPostgresProcess(settings)
  const url = await postgresProcess.url
  const administrator = new pg.Client({ connectionString: url })
  await administrator.connect()
  const { rows } = await administrator.query(
    `SELECT pg_backend_pid() AS pid, current_setting('server_version') AS version`,
  )

  async function create(name: string, template: string): Promise<string> {
    await administrator.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`)
    return urlOf(url, name)
  }

  return {
    version: rows[0].version,
    cpu: watchDatabaseCpu(rows[0].pid),
    create: (name) => create(name, 'template0'),
    copy: create,
    cleanUp: (name) => inDatabase(urlOf(url, name), vacuum),
    counters: (name) => inDatabase(urlOf(url, name), readCounters),
    async stop() {
      await administrator.end()
      await postgresProcess.stop()
    },
  }
}

function urlOf(administrator: string, name: string): string {
  const url = new URL(administrator)
  url.pathname = `/${name}`
  return url.href
}

async function inDatabase<Result>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function readCounters(client: pg.Client): Promise<TableCounters> {
  const { rows } = await client.query(`
    SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::float8 AS scans,
      coalesce(sum(n_tup_ins), 0)::float8 AS inserted,
      coalesce(sum(n_tup_upd), 0)::float8 AS updated,
      coalesce(sum(n_tup_hot_upd), 0)::float8 AS "heapOnly"
    FROM pg_stat_user_tables`)
  return rows[0]
}

async function vacuum(client: pg.Client): Promise<void> {
  await client.query('VACUUM (ANALYZE)')
}
