import type { ChannelFailure } from '../../domain/events.ts'
import type { SessionId } from '../../domain/session.ts'
import { getField } from '../../domain/stored-record.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type {
  RevocationChannel,
  RevocationListener,
  RevocationSubscription,
  SubscriptionOptions,
} from '../../ports/revocation-channel.ts'
import { claimConnection, type SqliteDatabase } from './database.ts'
import { changeTriggers } from './migrations.ts'

/**
 * How long a look at the file counts, in ms: under load one look serves the
 * requests of a millisecond.
 */
const pollInterval: Milliseconds = 1

/** How long a failed one does: each may wait for a lock, and holds everything up meanwhile. */
const failureBackoff: Milliseconds = 50

/**
 * Creates a channel that hears of every commit to the file, by this process or another. It looks
 * when it is asked, within a millisecond of each answer: nothing runs in the background.
 *
 * `database` is a connection to the same file as the store's that nothing else uses: SQLite's
 * `data_version` tells a connection of all commits but its own, and of none while a transaction is
 * open on it. A database in memory cannot be opened twice, so there is no channel for one. Closing
 * it stays with who opened it. The file should be in WAL mode; otherwise a writer makes the look,
 * and with it every request, wait for the connection's `busy_timeout`.
 *
 * Throws `invalid-option` for a connection that a store works on.
 */
export function createSqliteRevocationChannel(database: SqliteDatabase): RevocationChannel {
  claimConnection(database, 'channel')
  return { subscribe: (options) => subscribe(database, options) }
}

function subscribe(
  database: SqliteDatabase,
  { listener, clock }: SubscriptionOptions,
): RevocationSubscription {
  let poll: Poll | null = null
  let polledAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let reportedFailure: ChannelFailure | null = null
  let closed = false

  function pollAgain(at: Milliseconds): void {
    try {
      poll ??= preparePoll(database, listener)
      // Tables or triggers are others than they were: begin anew, with
      // everything counted as changed.
      if (poll() === 'schema-changed') poll = preparePoll(database, listener)
      polledAt = at
      reportedFailure = null
    } catch (error) {
      fail(error instanceof MissingTriggersError ? 'not-migrated' : 'connection-lost')
    }
  }

  function fail(failure: ChannelFailure): void {
    poll = null
    polledAt = Number.NEGATIVE_INFINITY
    failedAt = clock.now()
    if (reportedFailure !== failure) listener.onInterrupted(failure)
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

type Poll = () => 'up-to-date' | 'schema-changed'

/** What tells of changes is not there. */
class MissingTriggersError extends Error {}

/** Makes the look: first whether anybody committed, and only then what of it was about sessions. */
function preparePoll(database: SqliteDatabase, { onChange, onReset }: RevocationListener): Poll {
  const version = database.prepare('PRAGMA data_version')
  const schema = database.prepare('PRAGMA schema_version')
  // The versions first: what is committed between here and the rest is looked for.
  let seenVersion = getField(version.get({}), 'data_version')
  const seenSchema = getField(schema.get({}), 'schema_version')
  requireTriggers(database)
  const newest = database.prepare('SELECT coalesce(max(number), 0) AS number FROM session_changes')
  const changesSince = database.prepare(`
    SELECT number, session_id AS id FROM session_changes WHERE number > :seen ORDER BY number`)
  let seen = numberOf(newest.get({}))
  onReset()

  function notifyChangesSince(): void {
    const changes = changesSince.all({ seen })
    const next = changes.length === 0 ? numberOf(newest.get({})) : numberOf(changes[0]) - 1
    // More than the table holds happened since, or it was made anew.
    if (next !== seen) onReset()
    seen = changes.length === 0 ? next : numberOf(changes.at(-1))
    for (const change of changes) onChange(String(getField(change, 'id')) as SessionId)
  }

  return function poll() {
    const current = getField(version.get({}), 'data_version')
    if (current === seenVersion) return 'up-to-date'
    if (getField(schema.get({}), 'schema_version') !== seenSchema) return 'schema-changed'
    notifyChangesSince()
    // Last: a look that failed half-way has seen nothing.
    seenVersion = current
    return 'up-to-date'
  }
}

function requireTriggers(database: SqliteDatabase): void {
  const names = changeTriggers.map((name) => `'${name}'`).join(', ')
  const found = database.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'sessions' AND name IN (${names})`,
  )
  if (found.all({}).length < changeTriggers.length) throw new MissingTriggersError()
}

function numberOf(row: unknown): number {
  return Number(getField(row, 'number'))
}
