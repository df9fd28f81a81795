import { SessionError } from '../../domain/errors.ts'
import type { ChannelFailure } from '../../domain/events.ts'
import { requireOptions } from '../../domain/options.ts'
import type { SessionId } from '../../domain/session.ts'
import { getField } from '../../domain/stored-fields.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type {
  RevocationChannel,
  RevocationListener,
  RevocationSubscription,
  SubscriptionOptions,
} from '../../ports/revocation-channel.ts'
import { printName } from '../tables/migration-errors.ts'
import { type TableNames, type TableOptions, tableOptionNames } from '../tables/table-names.ts'
import { changeTriggers, grantTriggers } from './change-triggers.ts'
import { claimConnection, type SqliteDatabase } from './database.ts'
import { createSqliteTableNames } from './sqlite-table-names.ts'
import { toSessionError } from './to-session-error.ts'

/** Minimum interval between polls of the file, in ms: under load, requests share a poll. */
const pollInterval: Milliseconds = 1

/** Minimum interval after a failed poll, in ms: each may wait for a lock and block the process. */
const failureBackoff: Milliseconds = 50

/**
 * Creates a channel that detects every commit to the file, by this process or another. It polls the
 * file in `freshAsOf`, at most once a millisecond. Nothing runs in the background.
 *
 * `database` is a separate connection to the store's file that nothing else uses: SQLite's
 * `data_version` reports only commits of other connections, and none while a transaction is open on
 * the connection. A database in memory cannot be opened twice, so it cannot have a channel. The app
 * must close the connection. The file should be in WAL mode. Otherwise a writer makes the poll, and
 * every request with it, wait for the connection's `busy_timeout`.
 *
 * Throws `invalid-option` if a store uses the connection.
 */
export function createSqliteRevocationChannel(
  database: SqliteDatabase,
  options: TableOptions = {},
): RevocationChannel {
  requireOptions('createSqliteRevocationChannel', options, tableOptionNames)
  const names = createSqliteTableNames(options)
  claimConnection(database, 'channel')
  return {
    subscribe: (subscriptionOptions) => subscribe(database, { ...subscriptionOptions, names }),
  }
}

function subscribe(
  database: SqliteDatabase,
  { listener, clock, names }: SubscriptionOptions & { readonly names: TableNames },
): RevocationSubscription {
  let poll: Poll | null = null
  let polledAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let reportedFailure: ChannelFailure | null = null
  let closed = false

  function pollAgain(at: Milliseconds): void {
    try {
      poll ??= preparePoll({ database, names }, listener)
      // Tables or triggers have changed: start again with a reset.
      if (poll() === 'schema-changed') poll = preparePoll({ database, names }, listener)
      polledAt = at
      reportedFailure = null
    } catch (error) {
      fail(toSessionError(error))
    }
  }

  function fail({ code, message }: SessionError): void {
    const failure = code === 'not-migrated' ? code : 'connection-lost'
    poll = null
    polledAt = Number.NEGATIVE_INFINITY
    failedAt = clock.now()
    if (reportedFailure !== failure) listener.onInterrupted(failure, message)
    reportedFailure = failure
  }

  return {
    freshAsOf() {
      const at = clock.now()
      const isDue = at - polledAt >= pollInterval && at - failedAt >= failureBackoff
      if (!closed && isDue) pollAgain(at)
      return polledAt
    },
    requestHeartbeat() {},
    async close() {
      closed = true
      polledAt = Number.NEGATIVE_INFINITY
    },
  }
}

interface Source {
  readonly database: SqliteDatabase
  readonly names: TableNames
}

type Poll = () => 'up-to-date' | 'schema-changed'

/** Prepares the poll. It reads the changed sessions only if there was a commit. */
function preparePoll({ database, names }: Source, { onChange, onReset }: RevocationListener): Poll {
  const version = database.prepare('PRAGMA data_version')
  const schema = database.prepare('PRAGMA schema_version')
  // Read the versions first, so that the next poll finds what is committed from here on.
  let seenVersion = getField(version.get({}), 'data_version')
  const seenSchema = getField(schema.get({}), 'schema_version')
  requireTriggers(database, names)
  const newest = database.prepare(`SELECT coalesce(max(number), 0) AS number FROM ${names.changes}`)
  const changesSince = database.prepare(`
    SELECT number, session_id AS id FROM ${names.changes} WHERE number > :seen ORDER BY number`)
  let seen = numberOf(newest.get({}))
  onReset()

  function notifyChangesSince(): void {
    const changes = changesSince.all({ seen })
    const next = changes.length === 0 ? numberOf(newest.get({})) : numberOf(changes[0]) - 1
    // There were more changes than the table holds, or the table was created again.
    if (next !== seen) onReset()
    seen = changes.length === 0 ? next : numberOf(changes.at(-1))
    for (const change of changes) onChange(String(getField(change, 'id')) as SessionId)
  }

  return function poll() {
    const current = getField(version.get({}), 'data_version')
    if (current === seenVersion) return 'up-to-date'
    if (getField(schema.get({}), 'schema_version') !== seenSchema) return 'schema-changed'
    notifyChangesSince()
    // Updated last, so that a failed poll is repeated completely.
    seenVersion = current
    return 'up-to-date'
  }
}

function requireTriggers(database: SqliteDatabase, { sessions, grants, prefix }: TableNames): void {
  const tables = [
    { table: printName(sessions), triggers: changeTriggers },
    { table: printName(grants), triggers: grantTriggers },
  ]
  for (const { table, triggers } of tables) {
    const names = triggers.map((name) => `'${prefix}${name}'`).join(', ')
    const found = database.prepare(
      `SELECT name FROM sqlite_schema
       WHERE type = 'trigger' AND tbl_name = '${table}' AND name IN (${names})`,
    )
    if (found.all({}).length < triggers.length) throw missingTriggers()
  }
}

function missingTriggers(): SessionError {
  return new SessionError('not-migrated', 'The triggers that record changes are missing')
}

function numberOf(row: unknown): number {
  return Number(getField(row, 'number'))
}
