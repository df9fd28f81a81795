import { inject } from 'vitest'
import {
  administer,
  createDatabase,
  type Queryable,
  type TestDatabase,
  waitUntilUnused,
} from './test-database.ts'

/** Copies that this worker has emptied, by original. */
const idleCopies = new Map<string, TestDatabase[]>()

/**
 * Returns a copy of a database that `prepareOriginal` has prepared. Creating a database copies 8 MB and
 * takes 40 times as long as deleting the rows of one test, so `drop` empties the copy for the next test.
 */
export async function copyTestDatabase(original: string): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl')
  const copy =
    idleCopies.get(original)?.pop() ??
    (await createDatabase(serverUrl, `TEMPLATE ${original} STRATEGY file_copy`, original))
  const drop = async () => {
    if (!(await restore(copy))) return copy.drop()
    idleCopies.set(original, [...(idleCopies.get(original) ?? []), copy])
  }
  return { ...copy, drop, [Symbol.asyncDispose]: drop }
}

/** Saves the state of a migrated database beside it. Its copies are restored from that. */
export function prepareOriginal(url: string): Promise<void> {
  return administer(url, async (client) => {
    await client.query(`
      CREATE SCHEMA original;
      CREATE TABLE original.sequence_values AS SELECT sequencename, last_value FROM pg_sequences;
      CREATE TABLE original.schema_version (version text)`)
    for (const { table } of await listTables(client)) {
      const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`)
      if (rowCount === 1) await client.query(`CREATE TABLE original.${table} AS TABLE ${table}`)
    }
    await client.query(`INSERT INTO original.schema_version ${schemaVersion}`)
  })
}

/** Drops the copies that all workers have left. */
export function dropCopies(serverUrl: string, original: string): Promise<void> {
  return administer(serverUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE starts_with(datname, '${original}_')`,
    )
    for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
  })
}

/** Changes with every DDL statement, and with TRUNCATE. A copy has the version of its original. */
const schemaVersion = `SELECT string_agg(version, ' ') FROM (${[
  'pg_class',
  'pg_attribute',
  'pg_constraint',
  'pg_index',
  'pg_proc',
  'pg_trigger',
]
  .map(
    (catalog) => `SELECT concat(count(*), ':', max(xmin::text::bigint)) AS version FROM ${catalog}`,
  )
  .join(' UNION ALL ')}) AS versions`

/** Above this size, deleted rows slow the next test down more than creating a copy would. */
const maxTableBytes = 1_000_000

/** Returns `false` if the database cannot be restored: still in use, its schema changed, or grown. */
async function restore({ name, pool }: TestDatabase): Promise<boolean> {
  if (!(await waitUntilUnused(pool, name))) return false
  const { rowCount } = await pool.query(`TABLE original.schema_version INTERSECT ${schemaVersion}`)
  const tables = await listTables(pool)
  if (rowCount === 0 || tables.some(({ bytes }) => bytes > maxTableBytes)) return false

  const statements = tables.map(({ table, isSaved }) => {
    const insertion = `INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE original.${table};`
    return `DELETE FROM ${table}; ${isSaved ? insertion : ''}`
  })
  // A replica runs no triggers and checks no foreign keys, so the order of the tables does not matter.
  await pool.query(`
    BEGIN; SET LOCAL session_replication_role = replica;
    ${statements.join('')}
    SELECT setval(sequencename::regclass, coalesce(last_value, 1), last_value IS NOT NULL)
    FROM original.sequence_values; COMMIT`)
  return true
}

interface TableState {
  readonly table: string
  readonly bytes: number
  /** Whether the original had rows in it. */
  readonly isSaved: boolean
}

async function listTables(client: Queryable): Promise<readonly TableState[]> {
  const { rows } = await client.query<TableState>(`
    SELECT relname AS table, pg_table_size(oid)::int AS bytes,
      to_regclass('original.' || relname) IS NOT NULL AS "isSaved"
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
  return rows
}
