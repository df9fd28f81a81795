import { requireOptions } from '../../domain/options.ts'
import {
  migrationOptionNames,
  planMigration,
  requireVersion,
  type SessionMigration,
  type SessionMigrationOptions,
} from '../tables/migration-plan.ts'
import { createTableNames, type TableNames, type TableOptions } from '../tables/table-names.ts'
import { requireUserReference } from '../tables/user-reference.ts'
import type { RunQuery } from './database.ts'
import { readInstalledVersion, readRecordedVersion } from './installed-version.ts'
import { toMigrationError } from './migration-errors.ts'
import { postgresSessionMigrations } from './migrations.ts'
import { transact } from './query.ts'
import { type PostgresDatabase, toDatabase } from './to-database.ts'
import {
  addReference,
  hasReference,
  type ResolvedReference,
  resolveReference,
} from './user-reference.ts'

/** The version to migrate to, and the table that the session tables reference. */
export interface PostgresMigrationOptions extends SessionMigrationOptions {
  /**
   * Target version. Migrating down deletes what the reverted steps stored; 0 removes the session
   * tables. Default: the newest version.
   */
  readonly to?: number
}

/**
 * Migrates the tables of the session store, by default to the newest version, in `schema` or the first
 * schema of the `search_path`. All steps run in one transaction. Running it again changes nothing: it only
 * reads, and needs no privilege to create. If several processes run it at once, one does the work and the
 * others wait.
 *
 * With a `userReference`, deleting a user deletes the user's sessions, inserting a session of an unknown
 * user fails with `unknown-user`, and `user_id` has the type of the referenced column. It can be set later
 * too: the sessions of users that do not exist are then deleted. Without it, an existing reference stays.
 *
 * Rejects with `SessionError`: `schema-too-new` if a newer version of the library has migrated the
 * database, `table-in-use` if the application has objects with these names, `missing-privilege`,
 * `invalid-option` for an invalid option or another reference than the existing one, another
 * `StoreFailureCode` if the database fails. Nothing has changed then.
 */
export async function migratePostgresSessions(
  database: PostgresDatabase,
  options: PostgresMigrationOptions = {},
): Promise<void> {
  requireOptions('migratePostgresSessions', options, migrationOptionNames)
  const { to, userReference, ...tables } = options
  const target = requireVersion(to, postgresSessionMigrations)
  const names = createTableNames(tables)
  requireUserReference(userReference)
  await transact(
    toDatabase(database),
    async (query) => {
      try {
        const isKept = userReference === undefined || target === 0
        const reference = isKept ? undefined : await resolveReference(query, userReference)
        await migrate({ query, names, reference, options: stepOptions(tables, reference) }, target)
      } catch (error) {
        throw toMigrationError(error)
      }
    },
    setup,
  )
}

/**
 * A step may run for long on large tables, so statements have no limit. Another process that migrates
 * is waited for, but not forever: it may have died.
 */
const setup = `
  SET LOCAL statement_timeout = 0;
  SET LOCAL lock_timeout = '1min';
  SET LOCAL idle_in_transaction_session_timeout = '10s'`

function stepOptions(
  tables: TableOptions,
  reference: ResolvedReference | undefined,
): SessionMigrationOptions {
  return reference === undefined ? tables : { ...tables, userReference: reference.key }
}

interface Migrating {
  readonly query: RunQuery
  readonly names: TableNames
  readonly reference: ResolvedReference | undefined
  /** The options of the steps. */
  readonly options: SessionMigrationOptions
}

async function migrate(migrating: Migrating, target: number): Promise<void> {
  const { query, names, reference } = migrating
  if (await isUpToDate(migrating, target)) return
  await query({ text: lockText(names) })
  // All sign-ins and verifications wait behind a step that waits for a table in use, such as by a backup.
  await query({ text: `SET LOCAL lock_timeout = '3s'` })
  // Again, because another process may have migrated meanwhile.
  const current = await readInstalledVersion(query, names)
  const plan = planMigration(postgresSessionMigrations, current, target)
  if (current === 0) await query({ text: createMigrationsText(names) })
  for (const step of plan.up) await apply(migrating, step)
  const isMissing = reference !== undefined && !(await hasReference(query, names, reference))
  if (isMissing && target === postgresSessionMigrations.length) {
    await addReference(query, names, reference)
  }
  for (const step of plan.down) await revert(migrating, step)
}

/**
 * Without the lock, only a recorded version is evidence: if there is none, another process may create the
 * tables between two statements.
 */
async function isUpToDate(
  { query, names, reference }: Migrating,
  target: number,
): Promise<boolean> {
  if ((await readRecordedVersion(query, names)) !== target) return false
  if (target === 0) return true
  if ((await readInstalledVersion(query, names)) !== target) return false
  return reference === undefined || hasReference(query, names, reference)
}

/** The lock of the migrations of one set of tables, until the end of the transaction. */
function lockText({ schema, prefix }: TableNames): string {
  const schemaName = schema === null ? 'current_schema()' : `'${schema}'`
  const key = `concat('coatcheck:migrations:', ${schemaName}, '.${prefix}')`
  return `SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`
}

function createMigrationsText({ migrations }: TableNames): string {
  return `
    CREATE TABLE IF NOT EXISTS ${migrations} (version integer PRIMARY KEY, name text NOT NULL)`
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
