import pg from 'pg'
import { BackupError } from './backup-error.ts'
import { replacePostgresRows } from './postgres-sink.ts'
import type { PostgresConnection } from './postgres-source.ts'
import {
  type AccessState,
  accessQueries,
  compareAccess,
  type Replaced,
  type Replacement,
} from './replacement.ts'
import { migrateTables } from './schema.ts'

/**
 * Replaces all rows in one transaction. Rejects with `BackupError`, and changes nothing, if another connection of the app
 * uses the database or if anything fails. The role must own the tables.
 */
export async function replacePostgres(url: string, replacement: Replacement): Promise<Replaced> {
  return withPostgres(url, async (client) => {
    await requireUnused(client)
    const before = await readAccess(client)
    if (before.users.size > 0) await requireReplaceable(client, replacement)
    const location = { kind: 'postgres', url } as const
    if (before.users.size === 0) await migrateTables(location, replacement.description.schema.app)
    const { replacedCharacters } = await replacePostgresRows(
      client,
      replacement.description,
      async (sink) => {
        await replacement.load(sink)
        replacement.onReady?.()
      },
    )
    await migrateTables(location, 'newest')
    // Otherwise, statements are slow until PostgreSQL does it by itself.
    await client.query('ANALYZE').catch(() => {})
    const undone = compareAccess(before, await readAccess(client))
    return { keptFile: null, replacedCharacters, undone }
  })
}

/** Runs work on a connection. Failures to connect become `BackupError`. */
export async function withPostgres<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'mjrwtf-backup',
    keepAlive: true,
  })
  // A lost connection fails the statement that needs it.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    throw unreachable(url, error)
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Omits the URL, which contains the password. */
function unreachable(url: string, error: unknown): BackupError {
  const { host, pathname } = new URL(url)
  const reason = error instanceof Error && 'code' in error ? error.code : 'no answer'
  return new BackupError(
    `Cannot use PostgreSQL at ${host}${pathname} (${reason}). Nothing was changed. Check that it is running, and the URL.`,
    { cause: error },
  )
}

/**
 * Rejects with `BackupError` if another process of the app is connected. A role that may not see another's connections sees
 * no names of them: any of those counts.
 */
export async function requireUnused(client: PostgresConnection): Promise<void> {
  const { rows } = await client.query(`
    SELECT count(*)::integer AS others FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
      AND (application_name IS NULL OR application_name LIKE 'mjrwtf%')`)
  if (rows[0]?.others === 0) return
  throw new BackupError(
    `A process uses the database (${rows[0]?.others} connections), such as a running server. Nothing was changed. Stop it, and start again.`,
  )
}

async function requireReplaceable(
  client: PostgresConnection,
  { mayReplace, description }: Replacement,
): Promise<void> {
  if (!mayReplace) {
    throw new BackupError(
      'The database has accounts. Nothing was changed. To delete and replace all of it, add --replace. It is not kept: make a backup of it first.',
    )
  }
  const { rows } = await client.query('SELECT max(version) AS version FROM app_migrations')
  const version = Number(rows[0]?.version)
  if (version === description.schema.app) return
  throw new BackupError(
    `The database has the schema version ${version}, the backup ${description.schema.app}. Nothing was changed. Restore into an empty database: createdb NAME, and set DATABASE_URL.`,
  )
}

async function readAccess(client: PostgresConnection): Promise<AccessState> {
  return {
    users: await readPairs(client, accessQueries.users),
    suspended: await readPairs(client, accessQueries.suspended),
    takenDown: await readPairs(client, accessQueries.takenDown),
    tokens: await readPairs(client, accessQueries.tokens),
  }
}

/** None if there are no tables yet, or if they are older than the column. */
async function readPairs(
  client: PostgresConnection,
  query: string,
): Promise<ReadonlyMap<string, string>> {
  try {
    const { rows } = await client.query<{ readonly id: string; readonly name: string }>(query)
    return new Map(rows.map(({ id, name }) => [id, name]))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === '42P01' || code === '42703') return new Map()
    throw error
  }
}
