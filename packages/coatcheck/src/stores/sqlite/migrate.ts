import { requireMethods, requireOptions } from '../../domain/options.ts'
import {
  migrationOptionNames,
  planMigration,
  requireVersion,
  type SessionMigration,
  type SessionMigrationOptions,
} from '../tables/migration-plan.ts'
import type { TableNames } from '../tables/table-names.ts'
import { requireUserReference } from '../tables/user-reference.ts'
import { addReference } from './add-reference.ts'
import { expectedDatabase, type SqliteDatabase, transact } from './database.ts'
import { readInstalledVersion, readRecordedVersion } from './installed-version.ts'
import { toMigrationError } from './migration-errors.ts'
import { sqliteSessionMigrations } from './migrations.ts'
import { createSqliteTableNames } from './sqlite-table-names.ts'
import { hasReference, resolveReference } from './user-reference.ts'

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
 * transaction. Running it again changes nothing: it only reads. If several processes run it at once, one
 * does the work and the others wait, for the `busy_timeout` of their connection.
 *
 * With a `userReference`, deleting a user deletes the user's sessions, inserting a session of an unknown
 * user fails with `unknown-user`, and `user_id` has the type of the referenced column. This requires
 * `PRAGMA foreign_keys = ON` on every connection. It can be set later too: the tables are then created
 * again, with their rows and with the indexes and triggers of the app, and the sessions of users that do not
 * exist are deleted. Without it, an existing reference stays.
 *
 * Throws `SessionError`: `schema-too-new` if a newer version of the library has migrated the
 * database, `table-in-use` if the application has tables with these names, `invalid-option` for an invalid
 * option or another reference than the existing one, another `StoreFailureCode` if the database fails.
 */
export function migrateSqliteSessions(
  database: SqliteDatabase,
  options: SqliteMigrationOptions = {},
): void {
  requireMethods('database', database, expectedDatabase)
  requireOptions('migrateSqliteSessions', options, migrationOptionNames)
  const { to, userReference, ...tables } = options
  const target = requireVersion(to, sqliteSessionMigrations)
  const names = createSqliteTableNames(tables)
  requireUserReference(userReference)
  try {
    const isKept = userReference === undefined || target === 0
    const reference = isKept ? undefined : resolveReference(database, userReference)
    const stepOptions = reference === undefined ? tables : { ...tables, userReference: reference }
    migrateTo({ database, names, options: stepOptions }, target)
    if (reference === undefined || target < sqliteSessionMigrations.length) return
    if (!hasReference(database, names, reference)) {
      addReference({ database, names, reference, options: stepOptions })
    }
  } catch (error) {
    throw toMigrationError(error)
  }
}

interface Migrating {
  readonly database: SqliteDatabase
  readonly names: TableNames
  /** The options of the steps. */
  readonly options: SessionMigrationOptions
}

function migrateTo(migrating: Migrating, target: number): void {
  const { database, names } = migrating
  if (isUpToDate(migrating, target)) return
  transact(database, () => {
    // Again, because another process may have migrated meanwhile.
    const current = readInstalledVersion(database, names)
    const plan = planMigration(sqliteSessionMigrations, current, target)
    if (current === 0) database.exec(createMigrationsSql(names))
    for (const step of plan.up) apply(migrating, step)
    for (const step of plan.down) revert(migrating, step)
  })
}

/**
 * Without the lock, only a recorded version is evidence: if there is none, another process may create the
 * tables between two statements.
 */
function isUpToDate({ database, names }: Migrating, target: number): boolean {
  if (readRecordedVersion(database, names) !== target) return false
  return target === 0 || readInstalledVersion(database, names) === target
}

function createMigrationsSql({ migrations }: TableNames): string {
  return `CREATE TABLE IF NOT EXISTS ${migrations} (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`
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
