import { isStorableId, requireActor, requireLimit } from '../../../domain/storable.ts'
import {
  requireHashes,
  requireInstants,
  requireStorableAccessToken,
} from '../../../domain/storable-grant.ts'
import { formatScopes, readEndedGrant } from '../../../domain/stored-grant.ts'
import type { GrantStore } from '../../../ports/grant-store.ts'
import type { TableNames } from '../../tables/table-names.ts'
import type { Database } from '../database.ts'
import { write } from '../query.ts'
import { toTimestamp } from '../record.ts'
import { createEndAll } from '../user-endings.ts'
import type { Writes } from '../writes.ts'
import { endedColumns } from './record.ts'

/** Creates `rotate`. The second of two rotations from one token finds no row to update. */
export function createRotate(writes: Writes, { grants }: TableNames): GrantStore['rotate'] {
  const text = `
    UPDATE ${grants} SET
      refresh_hash = $3, previous_refresh_hash = refresh_hash, rotation_salt = $4,
      rotated_at = $5::timestamptz, grace_expires_at = $6,
      previous_access_hash = access_hash, previous_access_scopes = access_scopes,
      previous_access_expires_at = access_expires_at,
      access_hash = $7, access_scopes = $8, access_expires_at = $9,
      last_refreshed_at = greatest(last_refreshed_at, $5)
    WHERE id = $1 AND ended_at IS NULL AND refresh_hash = $2
      AND expires_at > $5::timestamptz AND last_refreshed_at + idle_timeout > $5::timestamptz
    RETURNING id`
  return async (id, { from, to, accessToken, salt, at, graceExpiresAt }) => {
    requireHashes([to, salt])
    requireInstants([at, graceExpiresAt])
    requireStorableAccessToken(accessToken)
    if (!isStorableId(id)) return false
    const rotation = [id, from, to, salt, toTimestamp(at), toTimestamp(graceExpiresAt)]
    const { secretHash, scopes, expiresAt } = accessToken
    const values = [...rotation, secretHash, formatScopes(scopes), toTimestamp(expiresAt)]
    return (await writes.forRecord(id, { text, values })).length === 1
  }
}

export function createEnd(writes: Writes, { grants }: TableNames): GrantStore['end'] {
  const text = `
    UPDATE ${grants} SET ended_at = $2, end_reason = $3, ended_by = $4
    WHERE id = $1 AND ended_at IS NULL
    RETURNING ${endedColumns}`
  return async (id, { at, reason, by }) => {
    requireActor(by)
    if (!isStorableId(id)) return null
    const values = [id, toTimestamp(at), reason, by]
    const [row] = await writes.forRecord(id, { text, values })
    return row === undefined ? null : readEndedGrant(row, reason)
  }
}

/** Creates `endByUser`. Rows are locked in id order: see `createTouch`. */
export function createEndByUser(writes: Writes, names: TableNames): GrantStore['endByUser'] {
  const endAll = createEndAll(writes, names, 'grants_ended_at')
  const text = `
    WITH due AS (
      SELECT id AS due_id FROM ${names.grants} WHERE user_id = $1 AND ended_at IS NULL
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE ${names.grants} SET ended_at = $2, end_reason = $3, ended_by = $4
    FROM due WHERE id = due_id
    RETURNING ${endedColumns}`
  return async (userId, { at, reason, by }) => {
    requireActor(by)
    if (!isStorableId(userId)) return []
    const values = [userId, toTimestamp(at), reason, by]
    const rows = await endAll({ userId, at }, (query) => query({ text, values }))
    return rows.map((row) => readEndedGrant(row, reason))
  }
}

/** Creates `endByClient`. It waits for locked grants: fewer than the limit means that none is left. */
export function createEndByClient(
  database: Database,
  { grants }: TableNames,
): GrantStore['endByClient'] {
  const text = `
    WITH due AS (
      SELECT id AS due_id FROM ${grants} WHERE client_id = $1 AND ended_at IS NULL
      ORDER BY id LIMIT $2::bigint FOR NO KEY UPDATE
    )
    UPDATE ${grants} SET ended_at = $3, end_reason = $4, ended_by = $5
    FROM due WHERE id = due_id
    RETURNING ${endedColumns}`
  return async (clientId, { at, reason, by }, limit) => {
    requireActor(by)
    requireLimit(limit)
    if (!isStorableId(clientId)) return []
    const values = [clientId, limit, toTimestamp(at), reason, by]
    const rows = await write(database, { text, values })
    return rows.map((row) => readEndedGrant(row, reason))
  }
}
