import { isStorableId, requireActor, requireLimit } from '../../../domain/storable.ts'
import {
  requireHashes,
  requireInstants,
  requireStorableAccessToken,
} from '../../../domain/storable-grant.ts'
import { readEndedGrant } from '../../../domain/stored-grant.ts'
import type { GrantStore } from '../../../ports/grant-store.ts'
import type { TableNames } from '../../tables/table-names.ts'
import { type SqliteDatabase, transact, withSessionErrors } from '../database.ts'
import { prepareMarkEnding } from '../user-endings.ts'
import { endedColumns, toAccessParameters } from './record.ts'

/** Prepares `rotate`. The second of two rotations from one token finds no row to update. */
export function prepareRotate(
  database: SqliteDatabase,
  { grants }: TableNames,
): GrantStore['rotate'] {
  const statement = database.prepare(`
    UPDATE ${grants} SET
      refresh_hash = :to, previous_refresh_hash = refresh_hash, rotation_salt = :salt,
      rotated_at = :at, grace_expires_at = :graceExpiresAt,
      previous_access_hash = access_hash, previous_access_scopes = access_scopes,
      previous_access_expires_at = access_expires_at,
      access_hash = :accessHash, access_scopes = :accessScopes, access_expires_at = :accessExpiresAt,
      last_refreshed_at = max(last_refreshed_at, :at)
    WHERE id = :id AND ended_at IS NULL AND refresh_hash = :from
      AND expires_at > :at AND last_refreshed_at + idle_timeout_ms > :at
    RETURNING 1`)
  return async (id, { from, to, accessToken, salt, at, graceExpiresAt }) => {
    requireHashes([to, salt])
    requireInstants([at, graceExpiresAt])
    requireStorableAccessToken(accessToken)
    if (!isStorableId(id)) return false
    const values = { id, from, to, salt, at, graceExpiresAt, ...toAccessParameters(accessToken) }
    return withSessionErrors(() => statement.all(values)).length === 1
  }
}

export function prepareEnd(database: SqliteDatabase, { grants }: TableNames): GrantStore['end'] {
  const statement = database.prepare(`
    UPDATE ${grants} SET ended_at = :at, end_reason = :reason, ended_by = :by
    WHERE id = :id AND ended_at IS NULL
    RETURNING ${endedColumns}`)
  return async (id, { at, reason, by }) => {
    requireActor(by)
    if (!isStorableId(id)) return null
    const [row] = withSessionErrors(() => statement.all({ id, at, reason, by }))
    return row === undefined ? null : readEndedGrant(row, reason)
  }
}

export function prepareEndByUser(
  database: SqliteDatabase,
  names: TableNames,
): GrantStore['endByUser'] {
  const markEnding = prepareMarkEnding(database, names, 'grants_ended_at')
  const endAll = database.prepare(`
    UPDATE ${names.grants} SET ended_at = :at, end_reason = :reason, ended_by = :by
    WHERE user_id = :userId AND ended_at IS NULL
    RETURNING ${endedColumns}`)
  return async (userId, { at, reason, by }) => {
    requireActor(by)
    if (!isStorableId(userId)) return []
    // A user that the app has deleted has none.
    const rows = transact(database, () =>
      markEnding(userId, at) ? endAll.all({ userId, at, reason, by }) : [],
    )
    return rows.map((row) => readEndedGrant(row, reason))
  }
}

export function prepareEndByClient(
  database: SqliteDatabase,
  { grants }: TableNames,
): GrantStore['endByClient'] {
  const statement = database.prepare(`
    UPDATE ${grants} SET ended_at = :at, end_reason = :reason, ended_by = :by
    WHERE id IN (
      SELECT id FROM ${grants} WHERE client_id = :clientId AND ended_at IS NULL LIMIT :limit
    )
    RETURNING ${endedColumns}`)
  return async (clientId, { at, reason, by }, limit) => {
    requireActor(by)
    requireLimit(limit)
    if (!isStorableId(clientId)) return []
    const values = { clientId, at, reason, by, limit }
    const rows = withSessionErrors(() => statement.all(values))
    return rows.map((row) => readEndedGrant(row, reason))
  }
}
