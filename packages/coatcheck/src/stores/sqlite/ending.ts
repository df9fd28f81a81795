import { isStorableId, requireActor } from '../../domain/storable.ts'
import { readEnded } from '../../domain/stored-record.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import { currentTime, isRow, type SqliteDatabase, transact, withSessionErrors } from './database.ts'
import { prepareMarkEnding } from './user-endings.ts'

export function prepareEnd(
  database: SqliteDatabase,
  { sessions }: TableNames,
): SessionStore['end'] {
  const statement = database.prepare(`
    UPDATE ${sessions} SET ended_at = :at, end_reason = :reason, ended_by = :by
    WHERE id = :id AND ended_at IS NULL
    RETURNING id, CAST(user_id AS TEXT) AS userId, created_at AS createdAt`)
  return async (id, ending) => {
    requireActor(ending.by)
    if (!isStorableId(id)) return null
    const { at, reason, by } = ending
    const [row] = withSessionErrors(() => statement.all({ id, at, reason, by }))
    return row === undefined ? null : readEnded(row, reason)
  }
}

export function prepareHasEndedWithoutSuccessor(
  database: SqliteDatabase,
  { sessions }: TableNames,
): Required<SessionStore>['hasEndedWithoutSuccessor'] {
  const statement = database.prepare(`
    SELECT 1 FROM ${sessions}
    WHERE id = :id AND NOT EXISTS (SELECT 1 FROM ${sessions} WHERE replaces = :id) AND (
      ended_at IS NOT NULL OR expires_at <= ${currentTime}
      OR last_activity_at + idle_timeout_ms <= ${currentTime}
    )`)
  return async (id) => isStorableId(id) && isRow(withSessionErrors(() => statement.get({ id })))
}

export function prepareEndByUser(
  database: SqliteDatabase,
  names: TableNames,
): SessionStore['endByUser'] {
  const { sessions, pendingSignIns } = names
  const markEnding = prepareMarkEnding(database, names, 'ended_at')
  const endAll = database.prepare(`
    UPDATE ${sessions} SET ended_at = :at, end_reason = :reason, ended_by = :by
    WHERE user_id = :userId AND ended_at IS NULL AND id IS NOT :except
    RETURNING id, CAST(user_id AS TEXT) AS userId, created_at AS createdAt`)
  const removePending = database.prepare(`
    DELETE FROM ${pendingSignIns} WHERE user_id = :userId RETURNING 1`)
  return async (userId, ending, except) => {
    requireActor(ending.by)
    if (!isStorableId(userId)) return []
    const { at, reason, by } = ending
    const rows = transact(database, () => {
      if (!markEnding(userId, at)) return []
      removePending.all({ userId })
      return endAll.all({ userId, except, at, reason, by })
    })
    return rows.map((row) => readEnded(row, reason))
  }
}
