import { isStorableText, requireArgument, requireLimit } from '../../../domain/storable.ts'
import { getField } from '../../../domain/stored-fields.ts'
import { readEndedGrant } from '../../../domain/stored-grant.ts'
import { readExpiry } from '../../../domain/stored-record.ts'
import type { GrantStore } from '../../../ports/grant-store.ts'
import type { TableNames } from '../../tables/table-names.ts'
import type { Database } from '../database.ts'
import { write } from '../query.ts'
import { toTimestamp } from '../record.ts'

const boundedAt = 'least($3::timestamptz, now())'

/** Creates `endExpired`, like that of sessions: a page contains unended grants in id order; the cursor is its last id. */
export function createEndExpired(
  database: Database,
  { grants }: TableNames,
): GrantStore['endExpired'] {
  // Skips locked grants: another process is changing or ending them, so waiting is pointless.
  const text = `
    WITH page AS (
      SELECT id FROM ${grants} WHERE ended_at IS NULL AND id > $1 ORDER BY id LIMIT $2::bigint
    ), due AS (
      SELECT id FROM ${grants}
      WHERE id IN (SELECT id FROM page) AND ended_at IS NULL
        AND (expires_at <= ${boundedAt} OR last_refreshed_at + idle_timeout <= ${boundedAt})
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), ended AS (
      UPDATE ${grants} AS grants SET ended_at = ${boundedAt}, ended_by = NULL, end_reason =
        CASE WHEN expires_at <= ${boundedAt} THEN 'absolute-timeout' ELSE 'idle-timeout' END
      FROM due WHERE grants.id = due.id
      RETURNING grants.id, user_id, client_id, end_reason
    ), cursor AS (
      SELECT CASE WHEN count(*) = $2::bigint THEN max(id) END AS next FROM page
    )
    SELECT next, id, user_id::text AS "userId", client_id AS "clientId", end_reason AS reason
    FROM cursor LEFT JOIN ended ON true`
  return async ({ at, limit, cursor }) => {
    requireLimit(limit)
    const isValidCursor = cursor === null || isStorableText(cursor)
    requireArgument(isValidCursor, 'The cursor was not returned by this store')
    // The empty text sorts before every id.
    const rows = await write(database, { text, values: [cursor ?? '', limit, toTimestamp(at)] })
    const next = getField(rows[0], 'next')
    return {
      // If nothing ended, there is one row with the cursor only.
      ended: rows
        .filter((row) => typeof getField(row, 'id') === 'string')
        .map((row) => readEndedGrant(row, readExpiry(row))),
      next: typeof next === 'string' ? next : null,
    }
  }
}

export function createPurge(database: Database, { grants }: TableNames): GrantStore['purge'] {
  const text = `
    WITH due AS (
      SELECT id FROM ${grants} WHERE ended_at < $1::timestamptz
      ORDER BY ended_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
    ), purged AS (
      DELETE FROM ${grants} AS grants USING due WHERE grants.id = due.id RETURNING 1
    )
    SELECT count(*)::text AS count FROM purged`
  return async (endedBefore, limit) => {
    requireLimit(limit)
    const [row] = await write(database, { text, values: [toTimestamp(endedBefore), limit] })
    return Number(getField(row, 'count'))
  }
}
