import { getField } from '../../domain/stored-record.ts'
import {
  planMigration,
  requireVersion,
  type SessionMigration,
  toReference,
} from '../migration-plan.ts'
import { type SqliteDatabase, transact } from './database.ts'
import { sqliteSessionMigrations } from './migrations.ts'

/** The version to migrate to, and the table that the session tables reference. */
export interface SqliteMigrationOptions {
  /**
   * Target version. Migrating down deletes what the reverted steps stored; 0 removes the session
   * tables. Default: the newest version.
   */
  readonly to?: number
  /**
   * The app's table of users and its TEXT key. Deleting a user then deletes the user's sessions, and
   * inserting a session of an unknown user fails with `unknown-user`. The names may contain only
   * letters, digits and `_`. Must be set from the first migration on, because SQLite cannot add a reference to
   * an existing table, and requires `PRAGMA foreign_keys = ON`. Default: no reference.
   */
  readonly userReference?: { readonly table: string; readonly column: string }
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
  const target = requireVersion(options.to, sqliteSessionMigrations)
  const reference = toReference(options.userReference)
  transact(database, () => {
    const plan = planMigration(sqliteSessionMigrations, readVersion(database), target)
    for (const step of plan.up) apply(database, step, reference)
    for (const step of plan.down) revert(database, step)
  })
}

function readVersion(database: SqliteDatabase): number {
  database.exec(`CREATE TABLE IF NOT EXISTS session_migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`)
  const [newest] = database
    .prepare('SELECT version FROM session_migrations ORDER BY version DESC LIMIT 1')
    .all({})
  return newest === undefined ? 0 : Number(getField(newest, 'version'))
}

function apply(database: SqliteDatabase, step: SessionMigration, reference: string): void {
  database.exec(step.up(reference))
  database
    .prepare('INSERT INTO session_migrations (version, name) VALUES (:version, :name)')
    .run({ version: step.version, name: step.name })
}

function revert(database: SqliteDatabase, step: SessionMigration): void {
  database.exec(step.down)
  database
    .prepare('DELETE FROM session_migrations WHERE version = :version')
    .run({ version: step.version })
}
