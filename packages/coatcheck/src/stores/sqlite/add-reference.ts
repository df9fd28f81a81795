import { rejectOption } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'
import { printName } from '../tables/migration-errors.ts'
import type { SessionMigrationOptions } from '../tables/migration-plan.ts'
import type { TableNames } from '../tables/table-names.ts'
import { rejectUnknownUsers, type UserReference } from '../tables/user-reference.ts'
import { type SqliteDatabase, transact } from './database.ts'
import { readColumns } from './installed-version.ts'
import { sqliteSessionMigrations } from './migrations.ts'
import { hasReference, type ResolvedReference } from './user-reference.ts'

export interface Rebuilding {
  readonly database: SqliteDatabase
  readonly names: TableNames
  readonly reference: ResolvedReference
  /** The options of the steps. */
  readonly options: SessionMigrationOptions
}

/**
 * Adds the reference to existing tables. SQLite cannot alter a column, so they are created again with their rows
 * and with the indexes and triggers of the app. Deletes the sessions of users that do not exist, like the
 * deletion of these users would have.
 */
export function addReference(rebuilding: Rebuilding): void {
  const { database } = rebuilding
  transact(database, () => deleteUnknownUsers(rebuilding))
  withoutForeignKeys(database, () =>
    transact(database, () => {
      const { names, reference } = rebuilding
      if (!hasReference(database, names, reference)) rebuild(rebuilding)
    }),
  )
}

/** With foreign keys on, so that rows of the app that reference these sessions are deleted with them. */
function deleteUnknownUsers({ database, names, reference }: Rebuilding): void {
  const isKnown = hasUser(reference)
  const counts = database
    .prepare(
      `SELECT count(*) AS count, coalesce(sum(${isKnown}), 0) AS known
       FROM ${names.sessions} AS own WHERE ended_at IS NULL`,
    )
    .get({})
  const isAnyKnown = Number(getField(counts, 'known')) > 0
  if (Number(getField(counts, 'count')) > 0 && !isAnyKnown) rejectUnknownUsers(reference)
  for (const table of userTables(names)) {
    database.exec(`DELETE FROM ${table} AS own WHERE NOT ${isKnown}`)
  }
}

/** The tables whose rows belong to a user. */
function userTables(names: TableNames): readonly string[] {
  return [names.sessions, names.userEndings, names.pendingSignIns, names.grants]
}

function hasUser({ table, column }: UserReference): string {
  return `EXISTS (SELECT 1 FROM "${table}" AS users WHERE users."${column}" = own.user_id)`
}

/** Otherwise, dropping a table would delete what references it. The setting cannot change in a transaction. */
function withoutForeignKeys(database: SqliteDatabase, work: () => void): void {
  const isOn =
    Number(getField(database.prepare('PRAGMA foreign_keys').get({}), 'foreign_keys')) === 1
  database.exec('PRAGMA foreign_keys = OFF')
  try {
    work()
  } finally {
    if (isOn) database.exec('PRAGMA foreign_keys = ON')
  }
}

function rebuild({ database, names, reference, options }: Rebuilding): void {
  const copies = userTables(names).map((table) => ({
    table,
    copy: `"${printName(table)}_copy"`,
    columns: readColumns(database, table),
  }))
  const before = readObjects(database, names)
  for (const { table, copy } of copies) {
    database.exec(
      `CREATE TABLE ${copy} AS SELECT * FROM ${table} AS own WHERE ${hasUser(reference)};
       DROP TABLE ${table}`,
    )
  }
  database.exec(`DROP TABLE ${names.changes}`)
  for (const step of sqliteSessionMigrations) database.exec(step.up(options))
  for (const { table, copy, columns } of copies) {
    requireNoOwnColumns(columns, readColumns(database, table), printName(table))
    const list = columns.join(', ')
    database.exec(`
      INSERT INTO ${table} (${list}) SELECT ${list} FROM ${copy};
      DROP TABLE ${copy}`)
  }
  const created = readObjects(database, names).map(({ name }) => name)
  for (const { name, sql } of before) if (!created.includes(name)) database.exec(sql)
}

function requireNoOwnColumns(
  before: readonly string[],
  after: readonly string[],
  table: string,
): void {
  const own = before.filter((column) => !after.includes(column))
  if (own.length === 0) return
  rejectOption(
    `userReference cannot be added: the table ${table} has columns of the application (${own.join(', ')}), ` +
      'which would be lost. Move them to a table of the application',
  )
}

interface SchemaObject {
  readonly name: string
  readonly sql: string
}

/** Returns the indexes and triggers of the session tables, those of the app too. */
function readObjects(database: SqliteDatabase, names: TableNames): readonly SchemaObject[] {
  const tables = userTables(names)
    .map((table) => `'${printName(table)}'`)
    .join(', ')
  const rows = database
    .prepare(
      `SELECT name, sql FROM sqlite_schema
       WHERE tbl_name IN (${tables}) AND type IN ('index', 'trigger') AND sql IS NOT NULL`,
    )
    .all({})
  return rows.map((row) => ({
    name: String(getField(row, 'name')),
    sql: String(getField(row, 'sql')),
  }))
}
