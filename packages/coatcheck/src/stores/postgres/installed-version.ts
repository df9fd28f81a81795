import { getField } from '../../domain/stored-fields.ts'
import {
  printName,
  requireMigrationColumns,
  requireSessionColumns,
  tableMissing,
  tableNameInUse,
} from '../tables/migration-errors.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { RunQuery } from './database.ts'

/**
 * Returns the version of the session tables, or 0 without them. Only reads, and needs no privilege but
 * SELECT on the table of migrations. Throws `table-in-use` if the application has a table with the name of one of
 * them, and `not-migrated` if one is missing.
 */
export async function readInstalledVersion(query: RunQuery, names: TableNames): Promise<number> {
  const version = await readRecordedVersion(query, names)
  if (version === 0) {
    const { sessions, userEndings, sweeps, pendingSignIns, grants } = names
    for (const table of [sessions, userEndings, sweeps, pendingSignIns, grants]) {
      if ((await readColumns(query, table)).length > 0) throw tableNameInUse(table)
    }
    return 0
  }
  const columns = await readColumns(query, names.sessions)
  if (columns.length === 0) {
    throw tableMissing(printName(names.sessions), printName(names.migrations))
  }
  requireSessionColumns(names.sessions, columns)
  return version
}

/** Returns the version that the migrations have recorded, or 0. Throws `table-in-use` for another table of this name. */
export async function readRecordedVersion(
  query: RunQuery,
  { migrations }: TableNames,
): Promise<number> {
  const columns = await readColumns(query, migrations)
  if (columns.length === 0) return 0
  requireMigrationColumns(migrations, columns)
  const [row] = await query({ text: `SELECT max(version)::text AS version FROM ${migrations}` })
  return Number(getField(row, 'version') ?? 0)
}

/** Returns the names of the columns of a table or view, or none without it. */
async function readColumns(query: RunQuery, table: string): Promise<readonly string[]> {
  const [row] = await query({
    text: `
      SELECT coalesce(json_agg(attname), '[]')::text AS columns FROM pg_attribute
      WHERE attrelid = to_regclass('${table}') AND attnum > 0 AND NOT attisdropped`,
  })
  return JSON.parse(String(getField(row, 'columns')))
}
