import type { UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { TableNames } from '../tables/table-names.ts'
import { currentTime, isForeignKeyViolation, type SqliteDatabase } from './database.ts'

/** What of a user was ended: sessions, pending sign-ins without the sessions, or grants. */
type EndingColumn = 'ended_at' | 'pending_ended_at' | 'grants_ended_at'

/** Stored as the end of all sessions of a user if only other things were ended. */
const neverEnded = -8_640_000_000_000_000

/**
 * Prepares a function that records the instant at which all that a user has of one kind ends, at most the current
 * time. Returns `false` if the app's table of users has no such user.
 */
export function prepareMarkEnding(
  database: SqliteDatabase,
  { userEndings }: TableNames,
  column: EndingColumn,
): (userId: UserId, at: Instant) => boolean {
  const isOfSessions = column === 'ended_at'
  const upsert = database.prepare(`
    INSERT INTO ${userEndings} (user_id, ${isOfSessions ? '' : 'ended_at, '}${column})
    VALUES (:userId, ${isOfSessions ? '' : `${neverEnded}, `}min(:at, ${currentTime}))
    ON CONFLICT (user_id) DO UPDATE SET ${column} = max(
      min(coalesce(${column}, excluded.${column}), ${currentTime}),
      excluded.${column})
    RETURNING 1`)
  return (userId, at) => {
    try {
      // Not `run`, here and in every later statement that may follow on this connection without an insertion: it
      // reports the number of the last inserted row, an integer user id, which node:sqlite rejects beyond 2^53.
      upsert.all({ userId, at })
      return true
    } catch (error) {
      if (isForeignKeyViolation(error)) return false
      throw error
    }
  }
}
