import type { SessionId } from '../../domain/session.ts'
import { fieldOf } from '../../domain/stored-record.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type {
  RevocationChannel,
  RevocationListener,
  RevocationSubscription,
  SubscriptionTerms,
} from '../../ports/revocation-channel.ts'
import type { SqliteDatabase } from './database.ts'

/** How long a look at the file counts, in ms: under load one look serves the requests of a millisecond. */
const lookLasts: Milliseconds = 1

/**
 * Creates a channel that hears of every commit to the file, by this process or another. It looks when it
 * is asked, within a millisecond of each answer: nothing runs in the background.
 *
 * `database` is a connection to the same file as the store's and must be another one than the store's: SQLite's
 * `data_version` tells a connection of all commits but its own. A database in memory cannot
 * be opened twice, so there is no channel for one. Closing the connection stays with who opened it.
 */
export function createSqliteRevocationChannel(database: SqliteDatabase): RevocationChannel {
  return { subscribe: (terms) => subscribe(database, terms) }
}

function subscribe(
  database: SqliteDatabase,
  { listener, clock }: SubscriptionTerms,
): RevocationSubscription {
  let look: (() => void) | null = null
  let lookedAt = Number.NEGATIVE_INFINITY
  let failing = false
  let closed = false

  function lookAgain(at: Milliseconds): void {
    try {
      look ??= prepareLook(database, listener)
      look()
      lookedAt = at
      failing = false
    } catch (error) {
      fail(error)
    }
  }

  function fail(error: unknown): void {
    look = null
    lookedAt = Number.NEGATIVE_INFINITY
    if (!failing) listener.interrupted(isMissingTable(error) ? 'not-migrated' : 'connection-lost')
    failing = true
  }

  return {
    provenAt() {
      const at = clock.now()
      if (!closed && at - lookedAt >= lookLasts) lookAgain(at)
      return lookedAt
    },
    prove() {},
    async close() {
      closed = true
      lookedAt = Number.NEGATIVE_INFINITY
    },
  }
}

/** Makes the look: first whether anybody committed, and only then what of it was about sessions. */
function prepareLook(database: SqliteDatabase, { changed, anyChanged }: RevocationListener) {
  const version = database.prepare('PRAGMA data_version')
  const newest = database.prepare('SELECT coalesce(max(number), 0) AS number FROM session_changes')
  const since = database.prepare(`
    SELECT number, session_id AS id FROM session_changes WHERE number > :seen ORDER BY number`)
  // The version first: what is committed between the two is looked for.
  let seenVersion = fieldOf(version.get({}), 'data_version')
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

  return function look(): void {
    const current = fieldOf(version.get({}), 'data_version')
    if (current === seenVersion) return
    tellSince()
    // Last: a look that failed half-way has seen nothing.
    seenVersion = current
  }
}

function numberOf(row: unknown): number {
  return Number(fieldOf(row, 'number'))
}

function isMissingTable(error: unknown): boolean {
  return error instanceof Error && error.message.includes('no such table')
}
