import { setImmediate } from 'node:timers/promises'
import SqliteConnection from 'better-sqlite3'
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

type Connection = SqliteConnection.Database

/** Runs work on one snapshot of the file. Others may write meanwhile. */
export async function withSqliteSource<Result>(
  file: string,
  work: (source: RowSource) => Promise<Result>,
): Promise<Result> {
  const connection = new SqliteConnection(file, { readonly: true, fileMustExist: true })
  try {
    connection.exec('BEGIN')
    return await work(createSqliteSource(connection))
  } finally {
    connection.close()
  }
}

/** The connection must be in a transaction, and used by nothing else. */
export function createSqliteSource(connection: Connection): RowSource {
  const description = describeSqlite(connection)
  return {
    description,
    rows: (table) => readRows(connection, table),
  }
}

async function* readRows(connection: Connection, table: TableColumns): AsyncIterable<RowBatch> {
  const types = columnTypes(connection, table.name)
  const values = table.columns.map((name) => valueSql(name, types.get(name) ?? ''))
  const query = `SELECT json_array(${values.join(', ')}) FROM "${table.name}"`
  let batch: string[] = []
  let length = 0
  for (const line of connection.prepare<[], string>(query).pluck().iterate()) {
    batch.push(line)
    length += line.length
    if (batch.length < maxBatchRows && length < batchLength) continue
    yield batch
    batch = []
    length = 0
    // The driver answers synchronously.
    await setImmediate()
  }
  if (batch.length > 0) yield batch
}

function valueSql(column: string, type: string): string {
  return type === 'BLOB'
    ? `CASE WHEN "${column}" IS NOT NULL THEN hex("${column}") END`
    : `"${column}"`
}

export function describeSqlite(connection: Connection): DatabaseDescription {
  const tables = connection
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
    .pluck()
    .all()
    .filter(isCopied)
  const references = connection
    .prepare<[], Reference>(
      `SELECT tables.name AS "table", keys."table" AS referenced
       FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
       WHERE tables.type = 'table'`,
    )
    .all()
  return {
    database: 'sqlite',
    schema: readSchemaVersion(connection),
    tables: orderTables(tables, references).map((name) => ({
      name,
      columns: [...columnTypes(connection, name).keys()],
    })),
    sequences: readSequences(connection),
  }
}

/** The stored columns of a table and their types. */
export function columnTypes(connection: Connection, table: string): ReadonlyMap<string, string> {
  const rows = connection
    .prepare<[string], { readonly name: string; readonly type: string }>(
      'SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden = 0',
    )
    .all(table)
  return new Map(rows.map(({ name, type }) => [name, type]))
}

function readSchemaVersion(connection: Connection): DatabaseDescription['schema'] {
  const hasTables = connection
    .prepare<[], number>(
      `SELECT count(*) FROM sqlite_schema WHERE name IN ('app_migrations', 'session_migrations')`,
    )
    .pluck()
    .get()
  if (hasTables !== 2) throw new BackupError('The file is not a database of mjr.wtf.')
  const read = <Value>(query: string) => connection.prepare<[], Value>(query).pluck().get()
  return {
    app: read<number>('SELECT max(version) FROM app_migrations') ?? 0,
    sessions:
      read<string>('SELECT name FROM session_migrations ORDER BY version DESC LIMIT 1') ?? '',
  }
}

function readSequences(connection: Connection): Readonly<Record<string, number>> {
  const rows = connection
    .prepare<[], [string, number]>('SELECT name, seq FROM sqlite_sequence ORDER BY name')
    .raw()
    .all()
  return Object.fromEntries(rows.filter(([name]) => isCopied(name)))
}
