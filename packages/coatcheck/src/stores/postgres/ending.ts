import { isStorableId, requireActor } from '../../domain/storable.ts'
import { readEnded } from '../../domain/stored-record.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { Database } from './database.ts'
import { removePendingText } from './pending-sign-ins.ts'
import { query } from './query.ts'
import { endedColumns, toTimestamp } from './record.ts'
import { createEndAll } from './user-endings.ts'
import type { Writes } from './writes.ts'

export function createEnd(writes: Writes, names: TableNames): SessionStore['end'] {
  const text = `
    UPDATE ${names.sessions} SET ended_at = $2, end_reason = $3, ended_by = $4
    WHERE id = $1 AND ended_at IS NULL
    RETURNING id, ${endedColumns}`
  return async (id, { at, reason, by }) => {
    requireActor(by)
    if (!isStorableId(id)) return null
    const values = [id, toTimestamp(at), reason, by]
    const [row] = await writes.forRecord(id, { text, values })
    return row === undefined ? null : readEnded(row, reason)
  }
}

export function createHasEndedWithoutSuccessor(
  database: Database,
  names: TableNames,
): Required<SessionStore>['hasEndedWithoutSuccessor'] {
  const text = `
    SELECT FROM ${names.sessions}
    WHERE id = $1 AND NOT EXISTS (SELECT FROM ${names.sessions} WHERE replaces = $1) AND (
      ended_at IS NOT NULL OR expires_at <= now() OR last_activity_at + idle_timeout <= now()
    )`
  return async (id) =>
    isStorableId(id) && (await query(database, { text, values: [id] })).length === 1
}

/** Creates `endByUser`. Rows are locked in id order: see `createTouch`. */
export function createEndByUser(writes: Writes, names: TableNames): SessionStore['endByUser'] {
  const endAll = createEndAll(writes, names, 'ended_at')
  const removePending = removePendingText(names)
  const text = `
    WITH due AS (
      SELECT id FROM ${names.sessions}
      WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE ${names.sessions} AS sessions SET ended_at = $3, end_reason = $4, ended_by = $5
    FROM due WHERE sessions.id = due.id
    RETURNING sessions.id, ${endedColumns}`
  return async (userId, { at, reason, by }, except) => {
    requireActor(by)
    if (!isStorableId(userId)) return []
    const storable = except !== null && isStorableId(except) ? except : null
    const values = [userId, storable, toTimestamp(at), reason, by]
    const rows = await endAll({ userId, at }, async (query) => {
      await query({ text: removePending, values: [userId] })
      return query({ text, values })
    })
    return rows.map((row) => readEnded(row, reason))
  }
}
