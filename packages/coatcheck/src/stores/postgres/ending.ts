import type { SessionId, UserId } from '../../domain/session.ts'
import { isStorableId, requireActor } from '../../domain/storable.ts'
import { readEnded } from '../../domain/stored-record.ts'
import type { EndedSession, Ending } from '../../ports/session-store.ts'
import type { PostgresPool } from './driver.ts'
import { isForeignKeyViolation, lockUser, query, type RunQuery, transact } from './query.ts'
import { toTimestamp } from './record.ts'

export async function end(
  pool: PostgresPool,
  id: SessionId,
  ending: Ending,
): Promise<EndedSession | null> {
  requireActor(ending.by)
  if (!isStorableId(id)) return null
  const [row] = await query(pool, {
    text: `
      UPDATE sessions SET ended_at = $2, end_reason = $3, ended_by = $4
      WHERE id = $1 AND ended_at IS NULL
      RETURNING id, user_id AS "userId"`,
    values: [id, toTimestamp(ending.at), ending.reason, ending.by],
  })
  return row === undefined ? null : readEnded(row, ending.reason)
}

/** The ending of a user's sessions, except at most one. */
interface UserEnding {
  readonly userId: UserId
  readonly ending: Ending
  readonly except: SessionId | null
}

/** Implements `endByUser`, under the user's lock, so that no insertion runs in between. */
export async function endByUser(
  pool: PostgresPool,
  userEnding: UserEnding,
): Promise<readonly EndedSession[]> {
  const { userId, ending, except } = userEnding
  requireActor(ending.by)
  if (!isStorableId(userId)) return []
  const storable = except !== null && isStorableId(except) ? except : null
  const rows = await transact(pool, async (query) => {
    await lockUser(query, userId)
    if (!(await markEnding(query, userEnding))) return []
    return endAll(query, { userId, ending, except: storable })
  })
  return rows.map((row) => readEnded(row, ending.reason))
}

/**
 * Records the instant at which the user's sessions end. Returns `false` if the app's table of users
 * has no such user. The transaction has then failed, and COMMIT rolls it back.
 */
async function markEnding(query: RunQuery, { userId, ending }: UserEnding): Promise<boolean> {
  try {
    await query({
      text: `
        INSERT INTO session_user_endings AS existing (user_id, ended_at) VALUES ($1, $2)
        ON CONFLICT (user_id) DO UPDATE SET ended_at = greatest(existing.ended_at, excluded.ended_at)`,
      values: [userId, toTimestamp(ending.at)],
    })
    return true
  } catch (error) {
    if (isForeignKeyViolation(error)) return false
    throw error
  }
}

function endAll(
  query: RunQuery,
  { userId, ending, except }: UserEnding,
): Promise<readonly unknown[]> {
  return query({
    // Rows are locked in id order: see `touch`.
    text: `
      WITH due AS (
        SELECT id FROM sessions
        WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2
        ORDER BY id FOR NO KEY UPDATE
      )
      UPDATE sessions SET ended_at = $3, end_reason = $4, ended_by = $5
      FROM due WHERE sessions.id = due.id
      RETURNING sessions.id, user_id AS "userId"`,
    values: [userId, except, toTimestamp(ending.at), ending.reason, ending.by],
  })
}
