import { isStorableText, requireArgument, requireLimit } from '../../domain/storable.ts'
import { getField } from '../../domain/stored-fields.ts'
import { readExpired } from '../../domain/stored-record.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { Database } from './database.ts'
import { query, write } from './query.ts'
import { endedColumns, milliseconds, toTimestamp } from './record.ts'

const boundedAt = 'least($3::timestamptz, now())'

/** Creates `endExpired`. A page contains unended sessions in id order; the cursor is its last id. */
export function createEndExpired(
  database: Database,
  names: TableNames,
): SessionStore['endExpired'] {
  // Skips locked sessions: another process is changing or ending them, so waiting is pointless.
  const text = `
    WITH page AS (
      SELECT id FROM ${names.sessions} WHERE ended_at IS NULL AND id > $1 ORDER BY id LIMIT $2::bigint
    ), due AS (
      SELECT id FROM ${names.sessions}
      WHERE id IN (SELECT id FROM page) AND ended_at IS NULL
        AND (
          expires_at <= ${boundedAt}
          OR last_activity_at + idle_timeout + ${milliseconds('$4')} <= ${boundedAt}
        )
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), ended AS (
      UPDATE ${names.sessions} AS sessions SET ended_at = ${boundedAt}, ended_by = NULL, end_reason =
        CASE WHEN expires_at <= ${boundedAt} THEN 'absolute-timeout' ELSE 'idle-timeout' END
      FROM due WHERE sessions.id = due.id
      RETURNING sessions.id, user_id, created_at, end_reason
    ), cursor AS (
      SELECT CASE WHEN count(*) = $2::bigint THEN max(id) END AS next FROM page
    )
    SELECT next, id, ${endedColumns}, end_reason AS reason
    FROM cursor LEFT JOIN ended ON true`
  return async ({ at, idleGrace, limit, cursor }) => {
    requireLimit(limit)
    requireCursor(cursor)
    // The empty text sorts before every id.
    const values = [cursor ?? '', limit, toTimestamp(at), idleGrace]
    const rows = await write(database, { text, values })
    const next = getField(rows[0], 'next')
    return {
      // If nothing ended, there is one row with the cursor only.
      ended: rows.filter((row) => typeof getField(row, 'id') === 'string').map(readExpired),
      next: typeof next === 'string' ? next : null,
    }
  }
}

/** Creates `countUnended`, which reads only the index of unended sessions. The cursor is the last id of a page. */
export function createCountUnended(
  database: Database,
  names: TableNames,
): Required<SessionStore>['countUnended'] {
  const text = `
    WITH page AS (
      SELECT id FROM ${names.sessions} WHERE ended_at IS NULL AND id > $1 ORDER BY id LIMIT $2::bigint
    )
    SELECT count(*)::text AS count, max(id) AS last FROM page`
  return async ({ limit, cursor }) => {
    requireLimit(limit)
    requireCursor(cursor)
    const [row] = await query(database, { text, values: [cursor ?? '', limit] })
    const count = Number(getField(row, 'count'))
    return { count, next: count < limit ? null : String(getField(row, 'last')) }
  }
}

function requireCursor(cursor: string | null): void {
  const isValid = cursor === null || isStorableText(cursor)
  requireArgument(isValid, 'The cursor was not returned by this store')
}

/**
 * Creates `claimSweep`, which updates a row. A lock would have to be held during the whole sweep, and
 * would occupy a connection.
 */
export function createClaimSweep(
  database: Database,
  names: TableNames,
): Required<SessionStore>['claimSweep'] {
  const text = `
    INSERT INTO ${names.sweeps} AS existing (started_at) VALUES ($1::timestamptz)
    ON CONFLICT (singleton) DO UPDATE SET started_at = excluded.started_at
    WHERE existing.started_at <= $2::timestamptz OR existing.started_at > $3::timestamptz
    RETURNING 1`
  return async ({ at, interval }) => {
    const values = [at, at - interval, at + interval].map(toTimestamp)
    return (await write(database, { text, values })).length === 1
  }
}

export function createPurge(database: Database, names: TableNames): SessionStore['purge'] {
  const text = `
    WITH due AS (
      SELECT id FROM ${names.sessions} WHERE ended_at < $1::timestamptz
      ORDER BY ended_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
    ), purged AS (
      DELETE FROM ${names.sessions} AS sessions USING due WHERE sessions.id = due.id RETURNING 1
    )
    SELECT count(*)::text AS count FROM purged`
  return async (endedBefore, limit) => {
    requireLimit(limit)
    const [row] = await write(database, { text, values: [toTimestamp(endedBefore), limit] })
    return Number(getField(row, 'count'))
  }
}
