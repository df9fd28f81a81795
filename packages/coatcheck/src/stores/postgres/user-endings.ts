import { isSessionError } from '../../domain/errors.ts'
import type { UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { RunQuery } from './database.ts'
import { toTimestamp } from './record.ts'
import { isForeignKeyViolation, unknownUser } from './server-error.ts'
import type { Writes } from './writes.ts'

/** What of a user was ended: sessions, pending sign-ins without the sessions, or grants. */
type EndingColumn = 'ended_at' | 'pending_ended_at' | 'grants_ended_at'

/** Ends all that a user has of one kind at an instant. */
export interface UserEnding {
  readonly userId: UserId
  readonly at: Instant
}

/**
 * Creates a function that records the instant, at most the current time, and runs `work` in the same transaction under
 * the user's lock, so that no insertion runs in between. Returns what `work` returns, or nothing if the app's table of
 * users has no such user.
 */
export function createEndAll(writes: Writes, names: TableNames, column: EndingColumn) {
  const text = markEndingText(names, column)
  return async function endAll(
    { userId, at }: UserEnding,
    work: (query: RunQuery) => Promise<readonly unknown[]>,
  ): Promise<readonly unknown[]> {
    const values = [userId, toTimestamp(at)]
    try {
      return await writes.forUser(userId, async (query) => {
        await markEnding(query, text, values)
        return work(query)
      })
    } catch (error) {
      // A user that the app has deleted has none.
      if (isSessionError(error) && error.code === 'unknown-user') return []
      throw error
    }
  }
}

/** Throws `unknown-user` if the app's table of users has no such user; the transaction has then failed. */
async function markEnding(query: RunQuery, text: string, values: unknown[]): Promise<void> {
  try {
    await query({ text, values })
  } catch (error) {
    throw isForeignKeyViolation(error) ? unknownUser() : error
  }
}

/** If only other things than sessions were ended, the sessions of the user have never all been ended. */
function markEndingText({ userEndings }: TableNames, column: EndingColumn): string {
  const isOfSessions = column === 'ended_at'
  return `
    INSERT INTO ${userEndings} AS existing (user_id, ${isOfSessions ? '' : 'ended_at, '}${column})
    VALUES ($1, ${isOfSessions ? '' : `'-infinity', `}least($2::timestamptz, clock_timestamp()))
    ON CONFLICT (user_id) DO UPDATE SET ${column} = greatest(
      least(coalesce(existing.${column}, excluded.${column}), clock_timestamp()),
      excluded.${column})`
}
