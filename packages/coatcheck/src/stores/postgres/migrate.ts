import { requireOptions } from '../../domain/options.ts'
import { getField } from '../../domain/stored-record.ts'
import {
  migrationOptionNames,
  planMigration,
  requireVersion,
  type SessionMigration,
  type SessionMigrationOptions,
} from '../tables/migration-plan.ts'
import { createTableNames, type TableNames } from '../tables/table-names.ts'
import { requireUserReference } from '../tables/user-reference.ts'
import type { RunQuery } from './database.ts'
import { postgresSessionMigrations } from './migrations.ts'
import { transact } from './query.ts'
import { type PostgresDatabase, toDatabase } from './to-database.ts'

/** The version to migrate to, and the table that the session tables reference. */
export interface PostgresMigrationOptions extends SessionMigrationOptions {
  /**
   * Target version. Migrating down deletes what the reverted steps stored; 0 removes the session
   * tables. Default: the newest version.
   */
  readonly to?: number
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
  requireOptions('migratePostgresSessions', options, migrationOptionNames)
  const target = requireVersion(options.to, postgresSessionMigrations)
  const names = createTableNames(options)
  requireUserReference(options.userReference)
  await transact(
    toDatabase(database),
    async (query) => {
      const current = await readVersion(query, names)
      const plan = planMigration(postgresSessionMigrations, current, target)
      for (const step of plan.up) await apply({ query, names, options }, step)
      for (const step of plan.down) await revert({ query, names, options }, step)
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

async function readVersion(query: RunQuery, names: TableNames): Promise<number> {
  await query({ text: `SELECT pg_advisory_xact_lock(hashtextextended('coatcheck:migrations', 0))` })
  await query({
    text: `CREATE TABLE IF NOT EXISTS ${names.migrations} (
      version integer PRIMARY KEY, name text NOT NULL)`,
  })
  const [row] = await query({ text: `SELECT max(version) AS version FROM ${names.migrations}` })
  return Number(getField(row, 'version') ?? 0)
}

interface Migrating {
  readonly query: RunQuery
  readonly names: TableNames
  readonly options: SessionMigrationOptions
}

async function apply({ query, names, options }: Migrating, step: SessionMigration): Promise<void> {
  await query({ text: step.up(options) })
  const text = `INSERT INTO ${names.migrations} (version, name) VALUES ($1, $2)`
  await query({ text, values: [step.version, step.name] })
}

async function revert({ query, names, options }: Migrating, step: SessionMigration): Promise<void> {
  await query({ text: step.down(options) })
  const text = `DELETE FROM ${names.migrations} WHERE version = $1`
  await query({ text, values: [step.version] })
}
