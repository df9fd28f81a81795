import { getField } from '../../domain/stored-fields.ts'
import {
  printName,
  requireMigrationColumns,
  requireSessionColumns,
  tableMissing,
  tableNameInUse,
} from '../tables/migration-errors.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { SqliteDatabase } from './database.ts'

/**
 * Returns the version of the session tables, or 0 without them. Only reads. Throws `table-in-use` if the
 * application has a table or view with the name of one of them, and `not-migrated` if one is missing.
 */
export function readInstalledVersion(database: SqliteDatabase, names: TableNames): number {
  const version = readRecordedVersion(database, names)
  if (version === 0) {
    const { sessions, userEndings, changes, pendingSignIns, grants } = names
    for (const table of [sessions, userEndings, changes, pendingSignIns, grants]) {
      if (readColumns(database, table).length > 0) throw tableNameInUse(table)
    }
    return 0
  }
  const columns = readColumns(database, names.sessions)
  if (columns.length === 0) {
    throw tableMissing(printName(names.sessions), printName(names.migrations))
  }
  requireSessionColumns(names.sessions, columns)
  return version
}

/** Returns the version that the migrations have recorded, or 0. Throws `table-in-use` for another table of this name. */
export function readRecordedVersion(database: SqliteDatabase, { migrations }: TableNames): number {
  const columns = readColumns(database, migrations)
  if (columns.length === 0) return 0
  requireMigrationColumns(migrations, columns)
  const newest = database.prepare(`SELECT max(version) AS version FROM ${migrations}`).get({})
  return Number(getField(newest, 'version') ?? 0)
}

/** Returns the names of the columns of a table or view, or none without it. */
export function readColumns(database: SqliteDatabase, table: string): readonly string[] {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('${printName(table)}')`)
  return columns.all({}).map((column) => String(getField(column, 'name')))
}
