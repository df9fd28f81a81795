import { SessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-record.ts'
import type { SqliteDatabase } from './database.ts'
import { type SqliteMigration, sqliteSessionMigrations } from './migrations.ts'
import { transact } from './transact.ts'

/** Where a migration ends, and what the tables refer to. */
export interface SqliteMigrationOptions {
  /** Version to end at: up or, losing what those steps hold, down; 0 removes the sessions. Default: the newest. */
  readonly to?: number
  /**
   * The app's table of users and its TEXT key. Removing a user then removes the user's sessions, and
   * a session of a user who is not there is refused with `unknown-user`. Names as they were
   * created: letters, digits and `_`. Must be given from the first migration on, for SQLite cannot
   * add a reference to a table, and needs `PRAGMA foreign_keys = ON`. Default: no reference.
   */
  readonly userReference?: { readonly table: string; readonly column: string }
}

/**
 * Brings the tables of the session store to a version, by default the newest. Running it again changes
 * nothing; of several processes at once one does the work. Either all steps are done or none.
 *
 * Throws `SessionError` with `schema-too-new` when a newer version of the library has migrated the
 * database, `invalid-option` for a bad option, and `store-unavailable` when the database fails.
 */
export function migrateSqliteSessions(
  database: SqliteDatabase,
  options: SqliteMigrationOptions = {},
): void {
  const target = options.to ?? sqliteSessionMigrations.length
  if (!Number.isInteger(target) || target < 0 || target > sqliteSessionMigrations.length) {
    throw new SessionError('invalid-option', `There is no version ${target} of the session tables`)
  }
  const reference = toReference(options.userReference)
  transact(database, () => {
    const current = readVersion(database)
    for (const step of sqliteSessionMigrations.slice(current, target)) {
      apply(database, step, reference)
    }
    for (const step of sqliteSessionMigrations.slice(target, current).toReversed()) {
      revert(database, step)
    }
  })
}

function toReference(reference: SqliteMigrationOptions['userReference']): string {
  if (reference === undefined) return ''
  const { table, column } = reference
  for (const name of [table, column]) {
    // Names become part of the SQL, where no parameter can stand for them.
    if (!/^[A-Za-z_]\w{0,62}$/.test(name)) {
      throw new SessionError('invalid-option', 'userReference takes names of letters, digits and _')
    }
  }
  return `REFERENCES "${table}" ("${column}") ON DELETE CASCADE`
}

function readVersion(database: SqliteDatabase): number {
  database.exec(`CREATE TABLE IF NOT EXISTS session_migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`)
  const [newest] = database
    .prepare('SELECT version FROM session_migrations ORDER BY version DESC LIMIT 1')
    .all({})
  const version = newest === undefined ? 0 : Number(getField(newest, 'version'))
  if (version > sqliteSessionMigrations.length) {
    throw new SessionError(
      'schema-too-new',
      `The session tables are at version ${version}; this library knows ` +
        `${sqliteSessionMigrations.length}. Use the newer library, or migrate down with it.`,
    )
  }
  return version
}

function apply(database: SqliteDatabase, step: SqliteMigration, reference: string): void {
  database.exec(step.up(reference))
  database
    .prepare('INSERT INTO session_migrations (version, name) VALUES (:version, :name)')
    .run({ version: step.version, name: step.name })
}

function revert(database: SqliteDatabase, step: SqliteMigration): void {
  database.exec(step.down)
  database
    .prepare('DELETE FROM session_migrations WHERE version = :version')
    .run({ version: step.version })
}
