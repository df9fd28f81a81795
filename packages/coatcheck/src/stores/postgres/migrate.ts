import { getField } from '../../domain/stored-record.ts'
import {
  planMigration,
  requireVersion,
  type SessionMigration,
  toReference,
} from '../migration-plan.ts'
import type { RunQuery } from './database.ts'
import { postgresSessionMigrations } from './migrations.ts'
import { transact } from './query.ts'
import { type PostgresDatabase, toDatabase } from './to-database.ts'

/** The version to migrate to, and the table that the session tables reference. */
export interface PostgresMigrationOptions {
  /**
   * Target version. Migrating down deletes what the reverted steps stored; 0 removes the session
   * tables. Default: the newest version.
   */
  readonly to?: number
  /**
   * The app's table of users and its `text` key. Deleting a user then deletes the user's sessions, and
   * inserting a session of an unknown user fails with `unknown-user`. The names are case-sensitive and
   * may contain letters, digits and `_`. Must be set from the first migration on. Default: no reference.
   */
  readonly userReference?: { readonly table: string; readonly column: string }
}

/**
 * Migrates the tables of the session store, by default to the newest version, in the first schema of
 * the `search_path`. All steps run in one transaction. Running it again changes nothing. If several
 * processes run it at once, one does the work and the others wait.
 *
 * Rejects with `SessionError`: `schema-too-new` if a newer version of the library has migrated the
 * database, `invalid-option` for an invalid option, a `StoreFailureCode` if the database fails.
 */
export async function migratePostgresSessions(
  database: PostgresDatabase,
  options: PostgresMigrationOptions = {},
): Promise<void> {
  const target = requireVersion(options.to, postgresSessionMigrations)
  const reference = toReference(options.userReference)
  await transact(
    toDatabase(database),
    async (query) => {
      const current = await readVersion(query)
      const plan = planMigration(postgresSessionMigrations, current, target)
      for (const step of plan.up) await apply(query, step, reference)
      for (const step of plan.down) await revert(query, step)
    },
    setup,
  )
}

/**
 * A step may run for long on large tables, so statements have no limit. Another process that migrates
 * is waited for, but not forever: it may have died. Neither does a step wait long for a table that is in
 * use, because every other statement would wait behind it.
 */
const setup = `
  SET LOCAL statement_timeout = 0;
  SET LOCAL lock_timeout = '1min';
  SET LOCAL idle_in_transaction_session_timeout = '10s'`

async function readVersion(query: RunQuery): Promise<number> {
  await query({ text: `SELECT pg_advisory_xact_lock(hashtextextended('coatcheck:migrations', 0))` })
  await query({
    text: `CREATE TABLE IF NOT EXISTS session_migrations (
      version integer PRIMARY KEY, name text NOT NULL)`,
  })
  const [row] = await query({ text: 'SELECT max(version) AS version FROM session_migrations' })
  return Number(getField(row, 'version') ?? 0)
}

async function apply(query: RunQuery, step: SessionMigration, reference: string): Promise<void> {
  await query({ text: step.up(reference) })
  const text = 'INSERT INTO session_migrations (version, name) VALUES ($1, $2)'
  await query({ text, values: [step.version, step.name] })
}

async function revert(query: RunQuery, step: SessionMigration): Promise<void> {
  await query({ text: step.down })
  const text = 'DELETE FROM session_migrations WHERE version = $1'
  await query({ text, values: [step.version] })
}
