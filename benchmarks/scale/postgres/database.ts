import type { Activity, Milliseconds, RevocationChannel } from 'coatcheck'
import {
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import { Client, Pool } from 'pg'
import type { SessionDatabase, TableSizes, TouchFigures } from '../engine.ts'
import { fill } from './fill.ts'

export interface PostgresDatabase extends SessionDatabase, AsyncDisposable {
  readonly pool: Pool
  readonly url: string
}

/** Creates a database of sessions on the server. */
export async function openPostgresDatabase(
  administrator: Pool,
  url: string,
  name: string,
): Promise<PostgresDatabase> {
  await administrator.query(`CREATE DATABASE ${name}`)
  const location = new URL(url)
  location.pathname = name
  const pool = new Pool({ connectionString: location.href, max: 64 })
  await migratePostgresSessions(pool)
  return {
    pool,
    url: location.href,
    store: createPostgresSessionStore(pool),
    fill: (size, now) => fill(pool, size, now),
    sizes: () => readSizes(pool),
    openChannel: () => ({ channel: openChannel(location.href), [Symbol.dispose]() {} }),
    touch: (activities, precision) => touch(location.href, activities, precision),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

/** A subscription of the channel opens and closes its own connection. */
export function openChannel(url: string): RevocationChannel {
  return createPostgresRevocationChannel({
    createClient: () => new Client({ connectionString: url, connectionTimeoutMillis: 3_000 }),
  })
}

async function readSizes(pool: Pool): Promise<TableSizes> {
  const table = await pool.query(`
    SELECT count(*)::float8 AS rows, pg_table_size('sessions')::float8 AS bytes FROM sessions`)
  const indexes = await pool.query(`
    SELECT indexrelid::regclass::text AS name, pg_relation_size(indexrelid)::float8 AS bytes
    FROM pg_index WHERE indrelid = 'sessions'::regclass ORDER BY 1`)
  const { rows, bytes } = table.rows[0]
  return {
    rows,
    table: bytes,
    indexes: Object.fromEntries(indexes.rows.map(({ name, bytes }) => [name, bytes])),
  }
}

/** On one connection, because each connection reports its own statistics on request only. */
async function touch(
  url: string,
  activities: readonly Activity[],
  precision: Milliseconds,
): Promise<TouchFigures> {
  const pool = new Pool({ connectionString: url, max: 1 })
  try {
    const before = await readUpdates(pool)
    await createPostgresSessionStore(pool).touch(activities, precision)
    const after = await readUpdates(pool)
    return {
      updated: after.updated - before.updated,
      heapOnly: after.heapOnly - before.heapOnly,
    }
  } finally {
    await pool.end()
  }
}

async function readUpdates(pool: Pool): Promise<{ updated: number; heapOnly: number }> {
  await pool.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await pool.query(`
    SELECT pg_stat_get_tuples_updated(oid)::float8 AS updated,
      pg_stat_get_tuples_hot_updated(oid)::float8 AS "heapOnly"
    FROM pg_class WHERE oid = 'sessions'::regclass`)
  return rows[0]
}
