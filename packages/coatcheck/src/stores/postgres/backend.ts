import { rejectOption } from '../../domain/errors.ts'
import { type OptionNames, requireFunction, requireOptions } from '../../domain/options.ts'
import { getField } from '../../domain/stored-fields.ts'
import type { SessionBackend } from '../../ports/session-backend.ts'
import type { SessionMigrationOptions } from '../tables/migration-plan.ts'
import { createTableNames, type TableNames, tableOptionNames } from '../tables/table-names.ts'
import { requireUserReference } from '../tables/user-reference.ts'
import type { Database } from './database.ts'
import type { PostgresListenerClient } from './driver.ts'
import type { PostgresListener } from './listen-client.ts'
import { migratePostgresSessions } from './migrate.ts'
import { isPglite } from './pglite-database.ts'
import { isPostgresJs } from './postgres-js-database.ts'
import { recordColumns } from './record.ts'
import { createPostgresRevocationChannel } from './revocation-channel.ts'
import { createPostgresSessionStore } from './session-store.ts'
import { type PostgresDatabase, toDatabase } from './to-database.ts'
import { toSessionError } from './to-session-error.ts'

/** Options of `postgres`. */
export interface PostgresBackendOptions extends SessionMigrationOptions {
  /**
   * Creates the connection of the cache, as in `PostgresRevocationChannelOptions`. Used only with the
   * option `cache`. Default: a connection like those of the pool or client, which must not lead through a pooler
   * such as PgBouncer then.
   */
  readonly createClient?: () => PostgresListener
}

const optionNames: OptionNames<PostgresBackendOptions> = {
  ...tableOptionNames,
  userReference: true,
  createClient: true,
}

/**
 * Sessions in PostgreSQL: pass a Pool of `pg`, a client of postgres.js or a PGlite database, configured
 * as `PostgresPool` says. The app ends it, after `close`.
 *
 * Sessions are not cached by default. With `cache`, a session that another process has revoked is
 * accepted for milliseconds longer, and up to `leaseDuration` if the network fails. It needs a
 * connection that listens for changes.
 */
export function postgres(
  database: PostgresDatabase,
  options: PostgresBackendOptions = {},
): SessionBackend {
  requireOptions('postgres', options, optionNames)
  // A wrong object is reported here, and not at the first use.
  toDatabase(database)
  const { createClient = likePool(database), userReference, ...tables } = options
  if (createClient !== null) requireFunction('createClient', createClient)
  const names = createTableNames(tables)
  requireUserReference(userReference)

  return {
    async open({ migrate, channel }) {
      if (channel && createClient === null) {
        rejectOption(
          'createClient is missing: the cache listens on a connection of `pg`, such as ' +
            'postgres(sql, { createClient: () => new pg.Client({ connectionString }) })',
        )
      }
      const references = userReference === undefined ? {} : { userReference }
      if (migrate) await migratePostgresSessions(database, { ...tables, ...references })
      await requireUsable(toDatabase(database), names)
      return {
        store: createPostgresSessionStore(database, tables),
        channel:
          channel && createClient !== null
            ? createPostgresRevocationChannel({ ...tables, createClient })
            : null,
        async close() {},
      }
    },
  }
}

/**
 * Throws `not-migrated` or `missing-privilege` if the store could not work, so that a server does not
 * start with it. One statement that changes nothing: the server checks privileges before it runs one.
 */
async function requireUsable(database: Database, names: TableNames): Promise<void> {
  const { sessions, userEndings, pendingSignIns } = names
  const text = `
    WITH inserted AS (INSERT INTO ${sessions} (id, replaces) SELECT id, replaces FROM ${sessions} WHERE false),
      changed AS (UPDATE ${sessions} SET ended_at = NULL WHERE false),
      removed AS (DELETE FROM ${sessions} WHERE false),
      ended AS (
        INSERT INTO ${userEndings} (user_id, pending_ended_at)
        SELECT user_id, pending_ended_at FROM ${userEndings} WHERE false),
      added AS (INSERT INTO ${pendingSignIns} (id) SELECT id FROM ${pendingSignIns} WHERE false),
      counted AS (UPDATE ${pendingSignIns} SET attempts = 0 WHERE false),
      completed AS (DELETE FROM ${pendingSignIns} WHERE false)
    SELECT ${recordColumns} FROM ${sessions} WHERE false`
  try {
    await database.query({ text })
  } catch (error) {
    throw toSessionError(error)
  }
}

/** Of an attempt to connect, for pools that set none: without one it might never end. In ms. */
const connectionTimeoutMillis = 3_000

/** The constructor of `pg`'s Client, which a Pool has as a property. */
type ClientConstructor = new (options: object) => PostgresListenerClient

/** Creates clients with the configuration of a Pool of `pg`; `null` if it is unknown. */
function likePool(database: PostgresDatabase): (() => PostgresListener) | null {
  // These listen themselves.
  if (isPostgresJs(database) || isPglite(database)) return () => database
  const Client = getField(database, 'Client')
  const options = getField(database, 'options')
  if (!isConstructor(Client) || typeof options !== 'object' || options === null) return null
  return () => {
    const timeout = getField(options, 'connectionTimeoutMillis') || connectionTimeoutMillis
    // The pool hides the password from enumeration.
    const password = getField(options, 'password')
    const hidden = password === undefined ? {} : { password }
    return new Client({ ...options, ...hidden, connectionTimeoutMillis: timeout })
  }
}

function isConstructor(value: unknown): value is ClientConstructor {
  return typeof value === 'function'
}
