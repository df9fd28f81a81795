import { SessionError } from '../../domain/errors.ts'

/** The database has a table with the name of a session table that the migrations did not create. */
export function tableInUse(table: string, cause?: unknown): SessionError {
  return new SessionError(
    'table-in-use',
    `The application has ${table} already, and it is not one of the session tables, so nothing was ` +
      `changed: set tablePrefix, such as 'auth_', to give the session tables other names`,
    { cause },
  )
}

/** The recorded version says that there is a table, and there is none. */
export function tableMissing(table: string, migrations: string): SessionError {
  return new SessionError(
    'not-migrated',
    `${migrations} says that the session tables exist, but there is no table ${table}: restore it, or ` +
      'drop all session tables to let the migrations create them again',
  )
}

/** Returns a quoted name for a message. */
export function printName(quoted: string): string {
  return quoted.replaceAll('"', '')
}

/** Columns that every version of the table of sessions has. */
const sessionColumns = ['id', 'secret_hash', 'user_id', 'created_at', 'ended_at']

/** Throws `table-in-use` unless a table with these columns can be the table of sessions. */
export function requireSessionColumns(table: string, columns: readonly string[]): void {
  requireColumns(table, columns, sessionColumns)
}

/** Throws `table-in-use` unless a table with these columns can be the table of migrations. */
export function requireMigrationColumns(table: string, columns: readonly string[]): void {
  requireColumns(table, columns, ['version', 'name'])
}

function requireColumns(
  table: string,
  columns: readonly string[],
  expected: readonly string[],
): void {
  if (!expected.every((column) => columns.includes(column))) throw tableNameInUse(table)
}

export function tableNameInUse(table: string): SessionError {
  return tableInUse(`a table ${printName(table)}`)
}
