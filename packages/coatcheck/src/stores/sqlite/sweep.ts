import { requireLimit } from '../../domain/storable.ts'
import { getField } from '../../domain/stored-fields.ts'
import { readExpired } from '../../domain/stored-record.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import { currentTime, type SqliteDatabase, transact, withSessionErrors } from './database.ts'

const boundedAt = `min(:at, ${currentTime})`

/** Prepares `endExpired`. A page contains unended sessions in id order; the cursor is its last id. */
export function prepareEndExpired(
  database: SqliteDatabase,
  { sessions }: TableNames,
): SessionStore['endExpired'] {
  const lastOfPage = database.prepare(`
    SELECT id FROM ${sessions} WHERE ended_at IS NULL AND id > :cursor
    ORDER BY id LIMIT 1 OFFSET :limit - 1`)
  // The page has its own limit. With `:last IS NULL OR id <= :last` each page would be read to the end
  // of the table, and the whole sweep would take quadratic time.
  const endPage = database.prepare(`
    UPDATE ${sessions} SET ended_at = ${boundedAt}, ended_by = NULL,
      end_reason = iif(expires_at <= ${boundedAt}, 'absolute-timeout', 'idle-timeout')
    WHERE id IN (
        SELECT id FROM ${sessions} WHERE ended_at IS NULL AND id > :cursor ORDER BY id LIMIT :limit
      )
      AND (
        expires_at <= ${boundedAt}
        OR last_activity_at + idle_timeout_ms + :idleGrace <= ${boundedAt}
      )
    RETURNING id, CAST(user_id AS TEXT) AS userId, created_at AS createdAt,
      end_reason AS reason`)
  return async ({ at, idleGrace, limit, cursor: previousCursor }) => {
    requireLimit(limit)
    // The empty text sorts before every id.
    const cursor = previousCursor ?? ''
    return transact(database, () => {
      const [last] = lastOfPage.all({ cursor, limit })
      const next = last === undefined ? null : String(getField(last, 'id'))
      const rows = endPage.all({ at, idleGrace, cursor, limit })
      return { ended: rows.map(readExpired), next }
    })
  }
}

/** Prepares `countUnended`, which reads only the index of unended sessions. The cursor is the last id of a page. */
export function prepareCountUnended(
  database: SqliteDatabase,
  { sessions }: TableNames,
): Required<SessionStore>['countUnended'] {
  const statement = database.prepare(`
    SELECT count(*) AS count, max(id) AS last FROM (
      SELECT id FROM ${sessions} WHERE ended_at IS NULL AND id > :cursor ORDER BY id LIMIT :limit
    )`)
  return async ({ limit, cursor }) => {
    requireLimit(limit)
    // The empty text sorts before every id.
    const row = withSessionErrors(() => statement.get({ cursor: cursor ?? '', limit }))
    const count = Number(getField(row, 'count'))
    return { count, next: count < limit ? null : String(getField(row, 'last')) }
  }
}

export function preparePurge(
  database: SqliteDatabase,
  { sessions }: TableNames,
): SessionStore['purge'] {
  const statement = database.prepare(`
    DELETE FROM ${sessions} WHERE id IN (
      SELECT id FROM ${sessions} WHERE ended_at < :endedBefore ORDER BY ended_at LIMIT :limit
    ) RETURNING 1`)
  return async (endedBefore, limit) => {
    requireLimit(limit)
    return withSessionErrors(() => statement.all({ endedBefore, limit })).length
  }
}
