import { SessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-record.ts'
import { type PostgresMigration, postgresSessionMigrations } from './migrations.ts'
import type { PostgresPool } from './pool.ts'
import { type RunQuery, transact } from './query.ts'

/** Where a migration ends, and what the tables refer to. */
export interface PostgresMigrationOptions {
  /** Version to end at: up or, losing what those steps hold, down; 0 removes the sessions. Default: the newest. */
  readonly to?: number
  /**
   * The app's table of users and its `text` key. Removing a user then removes the user's sessions,
   * and a session of a user who is not there is refused with `unknown-user`. Names as they were
   * created: letters, digits and `_`. Must be given from the first migration on. Default: no reference.
   */
  readonly userReference?: { readonly table: string; readonly column: string }
}

/**
 * Brings the tables of the session store to a version, by default the newest, in the first schema of
 * the `search_path`. Running it again changes nothing; of several processes at once one does the work
 * and the others wait. Either all steps are done or none.
 *
 * Rejects with `SessionError` of code `schema-too-new` when a newer version of the library has migrated
 * the database, `invalid-option` for a bad option, and `store-unavailable` when the database fails.
 */
export async function migratePostgresSessions(
  pool: PostgresPool,
  options: PostgresMigrationOptions = {},
): Promise<void> {
  const target = options.to ?? postgresSessionMigrations.length
  if (!Number.isInteger(target) || target < 0 || target > postgresSessionMigrations.length) {
    throw new SessionError('invalid-option', `There is no version ${target} of the session tables`)
  }
  const reference = toReference(options.userReference)
  await transact(pool, async (query) => {
    const current = await readVersion(query)
    for (const step of postgresSessionMigrations.slice(current, target)) {
      await apply(query, step, reference)
    }
    for (const step of postgresSessionMigrations.slice(target, current).toReversed()) {
      await revert(query, step)
    }
  })
}

function toReference(reference: PostgresMigrationOptions['userReference']): string {
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

async function readVersion(query: RunQuery): Promise<number> {
  await query({ text: `SELECT pg_advisory_xact_lock(hashtextextended('coatcheck:migrations', 0))` })
  await query({
    text: `CREATE TABLE IF NOT EXISTS session_migrations (
      version integer PRIMARY KEY, name text NOT NULL)`,
  })
  const [row] = await query({ text: 'SELECT max(version) AS version FROM session_migrations' })
  const version = Number(getField(row, 'version') ?? 0)
  if (version > postgresSessionMigrations.length) {
    throw new SessionError(
      'schema-too-new',
      `The session tables are at version ${version}; this library knows ` +
        `${postgresSessionMigrations.length}. Use the newer library, or migrate down with it.`,
    )
  }
  return version
}

async function apply(query: RunQuery, step: PostgresMigration, reference: string): Promise<void> {
  await query({ text: step.up(reference) })
  await query({
    text: 'INSERT INTO session_migrations (version, name) VALUES ($1, $2)',
    values: [step.version, step.name],
  })
}

async function revert(query: RunQuery, step: PostgresMigration): Promise<void> {
  await query({ text: step.down })
  await query({
    text: 'DELETE FROM session_migrations WHERE version = $1',
    values: [step.version],
  })
}
