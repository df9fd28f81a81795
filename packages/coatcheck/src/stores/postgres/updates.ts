import type { SessionId } from '../../domain/session.ts'
import { isStorableId, requireMethodsText, requireStorableData } from '../../domain/storable.ts'
import { getField } from '../../domain/stored-fields.ts'
import { readStoredRecord } from '../../domain/stored-record.ts'
import type { Milliseconds } from '../../domain/time.ts'
import type { Activity, SessionStore } from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { Database } from './database.ts'
import { write } from './query.ts'
import { milliseconds, recordColumns, toStoredRecord, toTimestamp } from './record.ts'
import { isLockTimeout } from './server-error.ts'
import type { Writes } from './writes.ts'

/** Creates `replaceSecret`. The second of two replacements of one secret finds no row to update. */
export function createReplaceSecret(
  writes: Writes,
  names: TableNames,
): SessionStore['replaceSecret'] {
  const text = `
    UPDATE ${names.sessions} SET
      secret_hash = $3, previous_secret_hash = secret_hash, rotated_at = $6::timestamptz,
      previous_secret_expires_at = $5, csrf_secret = coalesce($4, csrf_secret),
      authenticated_at = CASE WHEN $7::timestamptz IS NULL THEN authenticated_at ELSE $6 END,
      expires_at = coalesce($7, expires_at), methods = coalesce($8, methods),
      last_activity_at =
        CASE WHEN $7 IS NULL THEN last_activity_at ELSE greatest(last_activity_at, $6) END
    WHERE id = $1 AND ended_at IS NULL AND secret_hash = $2
      AND expires_at > $6::timestamptz AND last_activity_at + idle_timeout > $6::timestamptz
    RETURNING id`
  return async (id, { from, to, csrfSecret, authentication, previousExpiresAt, at }) => {
    if (!isStorableId(id)) return false
    const graceEnd = toTimestamp(previousExpiresAt)
    const expiresAt = authentication === null ? null : toTimestamp(authentication.expiresAt)
    const methods = authentication === null ? null : requireMethodsText(authentication)
    const values = [id, from, to, csrfSecret, graceEnd, toTimestamp(at), expiresAt, methods]
    return (await writes.forRecord(id, { text, values })).length === 1
  }
}

/** Creates `updateData`. The row stays locked between the read and the write. */
export function createUpdateData(writes: Writes, names: TableNames): SessionStore['updateData'] {
  const read = `
    SELECT ${recordColumns} FROM ${names.sessions}
    WHERE id = $1 AND ended_at IS NULL FOR NO KEY UPDATE`
  const write = `
    UPDATE ${names.sessions} SET data = $2, data_version = data_version + 1 WHERE id = $1`
  return async (id, update) => {
    if (!isStorableId(id)) return false
    return writes.inSession(id, async (query) => {
      const [row] = await query({ text: read, values: [id] })
      if (row === undefined) return false
      const data = update(readStoredRecord(toStoredRecord(row)))
      if (data !== null) await query({ text: write, values: [id, requireStorableData(data)] })
      return true
    })
  }
}

/**
 * Creates `touch`, one statement for a batch of any length. It skips the sessions that are locked, so
 * that one of them does not delay the others, and moves them in a second statement, which waits. A
 * session that stays locked is not moved.
 */
export function createTouch(database: Database, names: TableNames): SessionStore['touch'] {
  const [skipping, waiting] = [touchStatement(names, 'SKIP LOCKED'), touchStatement(names, '')]
  return async (activities, precision) => {
    const storable = activities.filter(({ id }) => isStorableId(id))
    const unstorable = new Set(activities.map(({ id }) => id).filter((id) => !isStorableId(id)))
    const skipped = new Set(await run(skipping, storable, precision))
    const remaining = storable.filter(({ id }) => skipped.has(id))
    return [...unstorable, ...(await runUnlessLocked(waiting, remaining, precision))]
  }

  async function run(
    text: string,
    activities: readonly Activity[],
    precision: Milliseconds,
  ): Promise<readonly SessionId[]> {
    if (activities.length === 0) return []
    const ids = activities.map(({ id }) => id)
    const instants = activities.map(({ at }) => toTimestamp(at))
    const values = [ids, instants, precision]
    const rows = await write(database, { text, values })
    return rows.map((row) => String(getField(row, 'id')) as SessionId)
  }

  async function runUnlessLocked(...args: Parameters<typeof run>): ReturnType<typeof run> {
    try {
      return await run(...args)
    } catch (error) {
      if (!isLockTimeout(error)) throw error
      const [, activities] = args
      return [...new Set(activities.map(({ id }) => id))]
    }
  }
}

/**
 * Locks the rows in id order, like every statement that changes several rows: two that lock in different
 * orders could deadlock.
 */
function touchStatement(names: TableNames, whenLocked: '' | 'SKIP LOCKED'): string {
  return `
    WITH activity AS (
      SELECT id, max(at) AS at
      FROM unnest($1::text[], $2::timestamptz[]) AS input (id, at) GROUP BY id
    ), due AS (
      SELECT sessions.id, activity.at
      FROM ${names.sessions} AS sessions JOIN activity ON sessions.id = activity.id
      WHERE ended_at IS NULL
        AND activity.at > last_activity_at
        AND activity.at >= last_activity_at + ${milliseconds('$3')}
        AND activity.at < expires_at
        AND activity.at < last_activity_at + idle_timeout
      ORDER BY sessions.id FOR NO KEY UPDATE OF sessions ${whenLocked}
    ), moved AS (
      UPDATE ${names.sessions} AS sessions SET last_activity_at = due.at FROM due WHERE sessions.id = due.id
      RETURNING sessions.id
    )
    SELECT id FROM activity WHERE NOT EXISTS (SELECT FROM moved WHERE moved.id = activity.id)`
}
