import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'pg'
import { dropFileCache } from '../drop-file-cache.ts'
import type { ColdCache, Engine } from '../engine.ts'
import { createProcessTreeMeter } from '../meter.ts'
import { openPostgresDatabase, type PostgresDatabase } from './database.ts'
import { startServer } from './server.ts'

export interface PostgresEngine extends Engine {
  readonly main: PostgresDatabase
}

const shownSettings = [
  'server_version',
  'shared_buffers',
  'max_wal_size',
  'checkpoint_timeout',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'autovacuum',
]

export async function openPostgres(): Promise<PostgresEngine> {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startServer())
  const administrator = opened.adopt(new Pool({ connectionString: server.url, max: 1 }), (pool) =>
    pool.end(),
  )
  await administrator.query('CREATE EXTENSION pg_buffercache')
  const small = opened.use(await openPostgresDatabase(administrator, server.url, 'small'))
  const main = opened.use(await openPostgresDatabase(administrator, server.url, 'main'))
  const meter = createProcessTreeMeter(await findPostmaster(administrator))
  const closing = opened.move()
  return {
    name: 'postgres',
    small,
    main,
    meter,
    inFlight: 16,
    operationFactor: 1,
    settings: () => readSettings(administrator),
    clearCaches: (level) => emptyCaches(administrator, level),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

/** All processes of the server are children of the one that created this connection's process. */
async function findPostmaster(pool: Pool): Promise<number> {
  const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
  try {
    const stat = readFileSync(`/proc/${rows[0].pid}/stat`, 'utf8')
    // The name, in brackets, is followed by the state and the parent.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}

async function readSettings(pool: Pool): Promise<Readonly<Record<string, string>>> {
  const { rows } = await pool.query(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
    [shownSettings],
  )
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

async function emptyCaches(administrator: Pool, level: ColdCache): Promise<boolean> {
  await administrator.query('CHECKPOINT')
  await administrator.query('SELECT pg_buffercache_evict_all()')
  if (level === 'engine-empty') return true
  const { rows } = await administrator.query('SHOW data_directory')
  return dropFileCache(join(rows[0].data_directory, 'base'))
}
