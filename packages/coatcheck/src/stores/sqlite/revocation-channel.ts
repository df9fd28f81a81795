import type { ChannelFailure } from '../../domain/events.ts'
import type { SessionId } from '../../domain/session.ts'
import { fieldOf } from '../../domain/stored-record.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type {
  RevocationChannel,
  RevocationListener,
  RevocationSubscription,
  SubscriptionTerms,
} from '../../ports/revocation-channel.ts'
import { takeConnection } from './connection-roles.ts'
import type { SqliteDatabase } from './database.ts'
import { changeTriggers } from './migrations.ts'

/**
 * How long a look at the file counts, in ms: under load one look serves the
 * requests of a millisecond.
 */
const lookLasts: Milliseconds = 1

/** How long a failed one does: each may wait for a lock, and holds everything up meanwhile. */
const failureLasts: Milliseconds = 50

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
  takeConnection(database, 'channel')
  return { subscribe: (terms) => subscribe(database, terms) }
}

function subscribe(
  database: SqliteDatabase,
  { listener, clock }: SubscriptionTerms,
): RevocationSubscription {
  let look: Look | null = null
  let lookedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let told: ChannelFailure | null = null
  let closed = false

  function lookAgain(at: Milliseconds): void {
    try {
      look ??= prepareLook(database, listener)
      // Tables or triggers are others than they were: begin anew, with
      // everything counted as changed.
      if (look() === 'altered') look = prepareLook(database, listener)
      lookedAt = at
      told = null
    } catch (error) {
      fail(error instanceof NotMigrated ? 'not-migrated' : 'connection-lost')
    }
  }

  function fail(why: ChannelFailure): void {
    look = null
    lookedAt = Number.NEGATIVE_INFINITY
    failedAt = clock.now()
    if (told !== why) listener.interrupted(why)
    told = why
  }

  return {
    provenAt() {
      const at = clock.now()
      const isDue = at - lookedAt >= lookLasts && at - failedAt >= failureLasts
      if (!closed && isDue) lookAgain(at)
      return lookedAt
    },
    prove() {},
    async close() {
      closed = true
      lookedAt = Number.NEGATIVE_INFINITY
    },
  }
}

type Look = () => 'seen' | 'altered'

/** What tells of changes is not there. */
class NotMigrated extends Error {}

/** Makes the look: first whether anybody committed, and only then what of it was about sessions. */
function prepareLook(database: SqliteDatabase, { changed, anyChanged }: RevocationListener): Look {
  const version = database.prepare('PRAGMA data_version')
  const schema = database.prepare('PRAGMA schema_version')
  // The versions first: what is committed between here and the rest is looked for.
  let seenVersion = fieldOf(version.get({}), 'data_version')
  const seenSchema = fieldOf(schema.get({}), 'schema_version')
  requireTriggers(database)
  const newest = database.prepare('SELECT coalesce(max(number), 0) AS number FROM session_changes')
  const since = database.prepare(`
    SELECT number, session_id AS id FROM session_changes WHERE number > :seen ORDER BY number`)
  let seen = numberOf(newest.get({}))
  anyChanged()

  function tellSince(): void {
    const changes = since.all({ seen })
    const next = changes.length === 0 ? numberOf(newest.get({})) : numberOf(changes[0]) - 1
    // More than the table holds happened since, or it was made anew.
    if (next !== seen) anyChanged()
    seen = changes.length === 0 ? next : numberOf(changes.at(-1))
    for (const change of changes) changed(String(fieldOf(change, 'id')) as SessionId)
  }

  return function look() {
    const current = fieldOf(version.get({}), 'data_version')
    if (current === seenVersion) return 'seen'
    if (fieldOf(schema.get({}), 'schema_version') !== seenSchema) return 'altered'
    tellSince()
    // Last: a look that failed half-way has seen nothing.
    seenVersion = current
    return 'seen'
  }
}

function requireTriggers(database: SqliteDatabase): void {
  const names = changeTriggers.map((name) => `'${name}'`).join(', ')
  const found = database.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'sessions' AND name IN (${names})`,
  )
  if (found.all({}).length < changeTriggers.length) throw new NotMigrated()
}

function numberOf(row: unknown): number {
  return Number(fieldOf(row, 'number'))
}
