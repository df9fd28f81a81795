import type SqliteConnection from 'better-sqlite3'
import { BackupError } from './backup-error.ts'
import {
  countingRows,
  type DatabaseDescription,
  type RowSink,
  type TableColumns,
} from './row-source.ts'
import { missingRows, requireSameColumns } from './same-columns.ts'
import { columnTypes, describeSqlite } from './sqlite-source.ts'

type Connection = SqliteConnection.Database

/**
 * Replaces all rows of a database that nothing else uses. `load` adds the new ones. Throws, and changes nothing, if a row
 * does not fit or references a missing one. The connection must not be in a transaction.
 */
export async function replaceSqliteRows(
  connection: Connection,
  { tables, sequences }: Pick<DatabaseDescription, 'tables' | 'sequences'>,
  load: (sink: RowSink) => Promise<void>,
): Promise<void> {
  requireSameColumns(tables, describeSqlite(connection).tables)
  connection.pragma('foreign_keys = OFF')
  connection.exec('BEGIN IMMEDIATE')
  try {
    const triggers = dropTriggers(connection)
    for (const { name } of tables.toReversed()) connection.exec(`DELETE FROM "${name}"`)
    const counts = new Map<string, number>()
    await load(countingRows(createSqliteSink(connection), counts))
    for (const { name } of tables) requireCount(connection, name, counts.get(name) ?? 0)
    setSequences(connection, sequences)
    buildSearchIndex(connection)
    // What triggers write is among the rows.
    for (const trigger of triggers) connection.exec(trigger)
    requireReferences(connection)
    connection.exec('COMMIT')
  } catch (error) {
    // SQLite has ended the transaction itself if the disk is full.
    if (connection.inTransaction) connection.exec('ROLLBACK')
    throw error
  } finally {
    connection.pragma('foreign_keys = ON')
  }
}

/** Adds rows with one statement per batch: SQLite reads the JSON. */
function createSqliteSink(connection: Connection): RowSink {
  const statements = new Map<string, SqliteConnection.Statement<[string]>>()

  function prepare({ name, columns }: TableColumns): SqliteConnection.Statement<[string]> {
    const types = columnTypes(connection, name)
    const values = columns.map((column, index) => valueSql(index, types.get(column) ?? ''))
    const names = columns.map((column) => `"${column}"`).join(', ')
    return connection.prepare<[string]>(
      `INSERT INTO "${name}" (${names}) SELECT ${values.join(', ')} FROM json_each(?)`,
    )
  }

  return {
    async add(table, batch) {
      const statement = statements.get(table.name) ?? prepare(table)
      statements.set(table.name, statement)
      statement.run(`[${batch.join(',')}]`)
    },
  }
}

function valueSql(index: number, type: string): string {
  const value = `value ->> ${index}`
  if (type === 'BLOB') return `unhex(${value})`
  // PostgreSQL stores microseconds.
  return type === 'INTEGER' ? `CAST(${value} AS INTEGER)` : value
}

/** Returns the statements that create them again. */
function dropTriggers(connection: Connection): readonly string[] {
  const triggers = connection
    .prepare<[], { readonly name: string; readonly sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`,
    )
    .all()
  for (const { name } of triggers) connection.exec(`DROP TRIGGER "${name}"`)
  return triggers.map(({ sql }) => sql)
}

function setSequences(connection: Connection, sequences: DatabaseDescription['sequences']): void {
  for (const [table, last] of Object.entries(sequences)) {
    connection.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table)
    connection.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, last)
  }
}

function buildSearchIndex(connection: Connection): void {
  connection.exec('DELETE FROM link_search')
  connection.exec(
    'INSERT INTO link_search (rowid, terms) SELECT position, terms FROM link_search_input',
  )
}

function requireCount(connection: Connection, table: string, expected: number): void {
  const found = connection.prepare<[], number>(`SELECT count(*) FROM "${table}"`).pluck().get()
  if (found !== expected) throw missingRows(table, { expected, found: found ?? 0 })
}

function requireReferences(connection: Connection): void {
  const [missing] = connection
    .prepare<[], { readonly table: string; readonly parent: string }>(
      'SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1',
    )
    .all()
  if (missing === undefined) return
  throw new BackupError(
    `A row of ${missing.table} references a missing row of ${missing.parent}. Nothing was changed.`,
  )
}
