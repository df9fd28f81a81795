import type { GrantId } from '../../domain/grant.ts'
import type { PendingSignInId } from '../../domain/pending-sign-in.ts'
import type { SessionId, UserId } from '../../domain/session.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { Database, RunQuery } from './database.ts'
import type { PostgresQuery } from './driver.ts'
import { transact, write } from './query.ts'
import { createTurns } from './turns.ts'

/** Each has 16 random bytes, so that one of another kind is never the same. */
type RecordId = SessionId | PendingSignInId | GrantId

/** Writes that wait for the lock of a user or a row: in this process for their turn, then in the database. */
export interface Writes {
  /** Runs `work` as one transaction under the user's lock, across all processes. */
  forUser<Result>(userId: UserId, work: (query: RunQuery) => Promise<Result>): Promise<Result>
  /** Runs one statement that changes the session, the pending sign-in or the grant. */
  forRecord(id: RecordId, statement: PostgresQuery): Promise<readonly unknown[]>
  /** Runs `work` as one transaction, which locks the row of the session. */
  inSession<Result>(id: SessionId, work: (query: RunQuery) => Promise<Result>): Promise<Result>
}

export function createWrites(database: Database, names: TableNames): Writes {
  const lockUser = lockUserText(names)
  const takeUserTurn = createTurns()
  const takeRecordTurn = createTurns()

  return {
    forUser: (userId, work) =>
      takeUserTurn(userId, () =>
        transact(database, async (query) => {
          // A separate statement: the deciding one must start, and take its snapshot, after the lock is held.
          await query({ text: lockUser, values: [userId] })
          return work(query)
        }),
      ),
    forRecord: (id, statement) => takeRecordTurn(id, () => write(database, statement)),
    inSession: (id, work) => takeRecordTurn(id, () => transact(database, work)),
  }
}

/**
 * The key contains the id of the table, so that users of other session tables are not locked, and the user
 * id as the column's type prints it, so that each spelling of one user takes the same lock.
 */
function lockUserText({ sessions }: TableNames): string {
  return `
    SELECT pg_advisory_xact_lock(hashtextextended(concat(
      'coatcheck:user:', '${sessions}'::regclass::oid, ':',
      coalesce((SELECT user_id FROM ${sessions} LIMIT 0), $1)::text
    ), 0))`
}
