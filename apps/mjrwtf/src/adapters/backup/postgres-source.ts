import type pg from 'pg'
import { BackupError } from './backup-error.ts'
import {
  batchLength,
  type DatabaseDescription,
  maxBatchRows,
  type RowBatch,
  type RowSource,
  type TableColumns,
} from './row-source.ts'
import { orderTables, type Reference } from './table-order.ts'
import { isCopied } from './table-rules.ts'

/** What is used of a client of `pg`. */
export type PostgresConnection = Pick<pg.ClientBase, 'query'>

/** Runs work on one snapshot of the database. Others may write meanwhile. */
export async function withPostgresSource<Result>(
  client: PostgresConnection,
  work: (source: RowSource) => Promise<Result>,
): Promise<Result> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  // Reading a large table takes longer than any request may.
  await client.query(
    'SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0',
  )
  const description = await describePostgres(client)
  const types = await readColumns(client)
  const result = await work({ description, rows: (table) => readRows(client, table, types) })
  await client.query('COMMIT')
  return result
}

async function* readRows(
  client: PostgresConnection,
  { name, columns }: TableColumns,
  types: readonly Column[],
): AsyncIterable<RowBatch> {
  const own = types.filter((each) => each.table === name)
  const values = columns.map((column) => valueSql(own.find((each) => each.column === column)))
  await client.query(`DECLARE exported NO SCROLL CURSOR FOR
    SELECT json_build_array(${values.join(', ')})::text AS line FROM "${name}"`)
  let count = 100
  for (;;) {
    const { rows } = await client.query<{ readonly line: string }>(`FETCH ${count} FROM exported`)
    if (rows.length === 0) break
    const batch = rows.map(({ line }) => line)
    yield batch
    count = nextCount(batch)
  }
  await client.query('CLOSE exported')
}

/** As many rows as have the length of a batch, if they are as long as those before. */
function nextCount(batch: RowBatch): number {
  const average = batch.reduce((sum, line) => sum + line.length, 0) / batch.length
  return Math.min(Math.max(Math.floor(batchLength / average), 1), maxBatchRows)
}

function valueSql(column: Column | undefined): string {
  if (column === undefined) return 'NULL'
  const name = `"${column.source}"`
  if (column.type === 'timestamptz' || column.type === 'interval') {
    // Numeric: a double would round microseconds.
    return `trim_scale((extract(epoch FROM ${name}) * 1000)::numeric)`
  }
  if (column.type === 'bytea') return `encode(${name}, 'hex')`
  if (column.type === 'bool') return `${name}::integer`
  if (column.type === 'jsonb' || column.type === 'json') return `${name}::text`
  return name
}

export interface Column {
  readonly table: string
  /** Name in rows. An interval ends with its unit, as in SQLite. */
  readonly column: string
  /** Name in the database. */
  readonly source: string
  readonly type: string
}

/** The stored columns of all copied tables. */
export async function readColumns(client: PostgresConnection): Promise<readonly Column[]> {
  const { rows } = await client.query<Omit<Column, 'column'>>(`
    SELECT pg_class.relname AS table, attname AS source, pg_type.typname AS type
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r'
    JOIN pg_type ON pg_type.oid = atttypid
    WHERE relnamespace = current_schema()::regnamespace
      AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY 1, attnum`)
  return rows
    .filter(({ table }) => isCopied(table))
    .map((row) => ({ ...row, column: row.type === 'interval' ? `${row.source}_ms` : row.source }))
}

export async function describePostgres(client: PostgresConnection): Promise<DatabaseDescription> {
  const columns = await readColumns(client)
  const { rows: references } = await client.query<Reference>(`
    SELECT conrelid::regclass::text AS table, confrelid::regclass::text AS referenced
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`)
  const names = [...new Set(columns.map(({ table }) => table))]
  return {
    database: 'postgres',
    schema: await readSchemaVersion(client),
    tables: orderTables(names, references).map((name) => ({
      name,
      columns: columns.filter(({ table }) => table === name).map(({ column }) => column),
    })),
    sequences: await readSequences(client),
  }
}

async function readSchemaVersion(
  client: PostgresConnection,
): Promise<DatabaseDescription['schema']> {
  const found = await client.query(
    `SELECT to_regclass('app_migrations') IS NOT NULL AND to_regclass('session_migrations') IS NOT NULL AS found`,
  )
  if (found.rows[0]?.found !== true) {
    throw new BackupError('The database has no tables of mjr.wtf.')
  }
  const { rows } = await client.query(`
    SELECT (SELECT max(version) FROM app_migrations) AS app,
      (SELECT name FROM session_migrations ORDER BY version DESC LIMIT 1) AS sessions`)
  return { app: Number(rows[0]?.app ?? 0), sessions: String(rows[0]?.sessions ?? '') }
}

/** Generated numbers belong to the first column of their table's key, such as `link_owners.number`. */
async function readSequences(
  client: PostgresConnection,
): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<{ readonly table: string; readonly sequence: string }>(`
    SELECT pg_class.relname AS table, pg_get_serial_sequence(quote_ident(relname), attname) AS sequence
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r'
    WHERE relnamespace = current_schema()::regnamespace AND attidentity <> '' ORDER BY 1`)
  const sequences: Record<string, number> = {}
  for (const { table, sequence } of rows.filter((row) => isCopied(row.table))) {
    await requireReadable(client, sequence)
    const { rows: last } = await client.query(
      `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM ${sequence}`,
    )
    sequences[table] = Number(last[0]?.last ?? 0)
  }
  return sequences
}

/** The role of a server needs no other privilege on sequences, and its operator may not have granted this one. */
async function requireReadable(client: PostgresConnection, sequence: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT has_sequence_privilege($1, 'SELECT') AS "isReadable", current_user AS role`,
    [sequence],
  )
  if (rows[0]?.isReadable === true) return
  throw new BackupError(
    `The role ${rows[0]?.role} may not read ${sequence}. As the owner of the tables, run: GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO "${rows[0]?.role}".`,
  )
}
