import { getField } from '../../domain/stored-record.ts'
import { printName, tableInUse, tableMissing } from '../tables/migration-errors.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { SqliteDatabase } from './database.ts'

/** Columns that every version of the table of sessions has. */
const sessionColumns = ['id', 'secret_hash', 'user_id', 'created_at', 'ended_at']

/**
 * Returns the version of the session tables, or 0 without them. Only reads. Throws `table-in-use` if the
 * application has a table or view with the name of one of them, and `not-migrated` if one is missing.
 */
export function readInstalledVersion(database: SqliteDatabase, names: TableNames): number {
  const version = readRecordedVersion(database, names)
  if (version === 0) {
    for (const table of [names.sessions, names.userEndings, names.changes]) {
      if (readColumns(database, table).length > 0) throw tableInUse(describe(table))
    }
    return 0
  }
  const columns = readColumns(database, names.sessions)
  if (columns.length === 0) {
    throw tableMissing(printName(names.sessions), printName(names.migrations))
  }
  if (!includesAll(columns, sessionColumns)) throw tableInUse(describe(names.sessions))
  return version
}

/** Returns the version that the migrations have recorded, or 0. Throws `table-in-use` for another table of this name. */
export function readRecordedVersion(database: SqliteDatabase, { migrations }: TableNames): number {
  const columns = readColumns(database, migrations)
  if (columns.length === 0) return 0
  if (!includesAll(columns, ['version', 'name'])) throw tableInUse(describe(migrations))
  const newest = database.prepare(`SELECT max(version) AS version FROM ${migrations}`).get({})
  return Number(getField(newest, 'version') ?? 0)
}

/** Returns the names of the columns of a table or view, or none without it. */
export function readColumns(database: SqliteDatabase, table: string): readonly string[] {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('${printName(table)}')`)
  return columns.all({}).map((column) => String(getField(column, 'name')))
}

function includesAll(columns: readonly string[], expected: readonly string[]): boolean {
  return expected.every((column) => columns.includes(column))
}

function describe(table: string): string {
  return `a table ${printName(table)}`
}
