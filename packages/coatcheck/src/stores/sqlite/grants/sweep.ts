import { requireLimit } from '../../../domain/storable.ts'
import { getField } from '../../../domain/stored-fields.ts'
import { readEndedGrant } from '../../../domain/stored-grant.ts'
import { readExpiry } from '../../../domain/stored-record.ts'
import type { GrantStore } from '../../../ports/grant-store.ts'
import type { TableNames } from '../../tables/table-names.ts'
import { currentTime, type SqliteDatabase, transact, withSessionErrors } from '../database.ts'
import { endedColumns } from './record.ts'

const boundedAt = `min(:at, ${currentTime})`

/** Prepares `endExpired`, like that of sessions: a page contains unended grants in id order; the cursor is its last id. */
export function prepareEndExpired(
  database: SqliteDatabase,
  { grants }: TableNames,
): GrantStore['endExpired'] {
  const lastOfPage = database.prepare(`
    SELECT id FROM ${grants} WHERE ended_at IS NULL AND id > :cursor
    ORDER BY id LIMIT 1 OFFSET :limit - 1`)
  const endPage = database.prepare(`
    UPDATE ${grants} SET ended_at = ${boundedAt}, ended_by = NULL,
      end_reason = iif(expires_at <= ${boundedAt}, 'absolute-timeout', 'idle-timeout')
    WHERE id IN (
        SELECT id FROM ${grants} WHERE ended_at IS NULL AND id > :cursor ORDER BY id LIMIT :limit
      )
      AND (expires_at <= ${boundedAt} OR last_refreshed_at + idle_timeout_ms <= ${boundedAt})
    RETURNING ${endedColumns}, end_reason AS reason`)
  return async ({ at, limit, cursor: previousCursor }) => {
    requireLimit(limit)
    // The empty text sorts before every id.
    const cursor = previousCursor ?? ''
    return transact(database, () => {
      const [last] = lastOfPage.all({ cursor, limit })
      const next = last === undefined ? null : String(getField(last, 'id'))
      const rows = endPage.all({ at, cursor, limit })
      return { ended: rows.map((row) => readEndedGrant(row, readExpiry(row))), next }
    })
  }
}

export function preparePurge(
  database: SqliteDatabase,
  { grants }: TableNames,
): GrantStore['purge'] {
  const statement = database.prepare(`
    DELETE FROM ${grants} WHERE id IN (
      SELECT id FROM ${grants} WHERE ended_at < :endedBefore ORDER BY ended_at LIMIT :limit
    ) RETURNING 1`)
  return async (endedBefore, limit) => {
    requireLimit(limit)
    return withSessionErrors(() => statement.all({ endedBefore, limit })).length
  }
}
