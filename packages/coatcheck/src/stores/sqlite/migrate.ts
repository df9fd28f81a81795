import { requireMethods, requireOptions } from '../../domain/options.ts'
import { getField } from '../../domain/stored-record.ts'
import {
  migrationOptionNames,
  planMigration,
  requireVersion,
  type SessionMigration,
  type SessionMigrationOptions,
} from '../tables/migration-plan.ts'
import type { TableNames } from '../tables/table-names.ts'
import { requireUserReference } from '../tables/user-reference.ts'
import { expectedDatabase, type SqliteDatabase, transact } from './database.ts'
import { sqliteSessionMigrations } from './migrations.ts'
import { createSqliteTableNames } from './sqlite-table-names.ts'

/** The version to migrate to, and the table that the session tables reference. */
export interface SqliteMigrationOptions extends SessionMigrationOptions {
  /**
   * Target version. Migrating down deletes what the reverted steps stored; 0 removes the session
   * tables. Default: the newest version.
   */
  readonly to?: number
}

/**
 * Migrates the tables of the session store, by default to the newest version. All steps run in one
 * transaction. Running it again changes nothing. If several processes run it at once, one does the work.
 *
 * Throws `SessionError`: `schema-too-new` if a newer version of the library has migrated the
 * database, `invalid-option` for an invalid option, a `StoreFailureCode` if the database fails.
 */
export function migrateSqliteSessions(
  database: SqliteDatabase,
  options: SqliteMigrationOptions = {},
): void {
  requireMethods('database', database, expectedDatabase)
  requireOptions('migrateSqliteSessions', options, migrationOptionNames)
  const target = requireVersion(options.to, sqliteSessionMigrations)
  const names = createSqliteTableNames(options)
  requireUserReference(options.userReference)
  const migrating = { database, names, options }
  transact(database, () => {
    const plan = planMigration(sqliteSessionMigrations, readVersion(database, names), target)
    for (const step of plan.up) apply(migrating, step)
    for (const step of plan.down) revert(migrating, step)
  })
}

function readVersion(database: SqliteDatabase, { migrations }: TableNames): number {
  database.exec(`CREATE TABLE IF NOT EXISTS ${migrations} (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`)
  const [newest] = database
    .prepare(`SELECT version FROM ${migrations} ORDER BY version DESC LIMIT 1`)
    .all({})
  return newest === undefined ? 0 : Number(getField(newest, 'version'))
}

interface Migrating {
  readonly database: SqliteDatabase
  readonly names: TableNames
  readonly options: SessionMigrationOptions
}

function apply({ database, names, options }: Migrating, step: SessionMigration): void {
  database.exec(step.up(options))
  database
    .prepare(`INSERT INTO ${names.migrations} (version, name) VALUES (:version, :name)`)
    .run({ version: step.version, name: step.name })
}

function revert({ database, names, options }: Migrating, step: SessionMigration): void {
  database.exec(step.down(options))
  database
    .prepare(`DELETE FROM ${names.migrations} WHERE version = :version`)
    .run({ version: step.version })
}
