import type { AccessTokenRecord, GrantRecord } from '../../../domain/grant.ts'
import { formatScopes } from '../../../domain/stored-grant.ts'
import type { SqliteParameters } from '../database.ts'

/** The columns of a grant, named after the fields that `readStoredGrant` reads. */
export const grantColumns = `
  id, CAST(user_id AS TEXT) AS userId, client_id AS clientId, scopes,
  authenticated_at AS authenticatedAt, created_at AS createdAt, expires_at AS expiresAt,
  last_refreshed_at AS lastRefreshedAt, idle_timeout_ms AS idleTimeout, family_hash AS familyHash,
  refresh_hash AS refreshSecretHash, access_hash AS accessHash, access_scopes AS accessScopes,
  access_expires_at AS accessExpiresAt, previous_access_hash AS previousAccessHash,
  previous_access_scopes AS previousAccessScopes, previous_access_expires_at AS previousAccessExpiresAt,
  previous_refresh_hash AS previousRefreshHash, rotation_salt AS rotationSalt, rotated_at AS rotatedAt,
  grace_expires_at AS graceExpiresAt, ended_at AS endedAt, end_reason AS endReason, ended_by AS endedBy`

/** The columns that `readEndedGrant` reads. */
export const endedColumns = 'id, CAST(user_id AS TEXT) AS userId, client_id AS clientId'

/** Returns the statement that inserts a grant into the table, with the parameters of `toParameters`. */
export function insertGrantText(grants: string): string {
  return `
    INSERT INTO ${grants} (
      id, user_id, client_id, scopes, authenticated_at, created_at, expires_at, last_refreshed_at,
      idle_timeout_ms, family_hash, refresh_hash, access_hash, access_scopes, access_expires_at,
      previous_access_hash, previous_access_scopes, previous_access_expires_at,
      previous_refresh_hash, rotation_salt, rotated_at, grace_expires_at
    ) VALUES (
      :id, :userId, :clientId, :scopes, :authenticatedAt, :createdAt, :expiresAt, :lastRefreshedAt,
      :idleTimeout, :familyHash, :refreshSecretHash, :accessHash, :accessScopes, :accessExpiresAt,
      :previousAccessHash, :previousAccessScopes, :previousAccessExpiresAt,
      :previousRefreshHash, :rotationSalt, :rotatedAt, :graceExpiresAt
    )`
}

/** Returns the parameters of a grant that has not ended. */
export function toParameters(record: GrantRecord): SqliteParameters {
  const { previousAccessToken: previous, rotation } = record
  return {
    id: record.id,
    userId: record.userId,
    clientId: record.clientId,
    scopes: formatScopes(record.scopes),
    authenticatedAt: record.authenticatedAt,
    createdAt: record.createdAt,
    expiresAt: record.expiresAt,
    lastRefreshedAt: record.lastRefreshedAt,
    idleTimeout: record.idleTimeout,
    familyHash: record.familyHash,
    refreshSecretHash: record.refreshSecretHash,
    ...toAccessParameters(record.accessToken),
    previousAccessHash: previous?.secretHash ?? null,
    previousAccessScopes: previous === null ? null : formatScopes(previous.scopes),
    previousAccessExpiresAt: previous?.expiresAt ?? null,
    previousRefreshHash: rotation?.previousSecretHash ?? null,
    rotationSalt: rotation?.salt ?? null,
    rotatedAt: rotation?.rotatedAt ?? null,
    graceExpiresAt: rotation?.graceExpiresAt ?? null,
  }
}

/** Returns the parameters of the current access token. */
export function toAccessParameters({ secretHash, scopes, expiresAt }: AccessTokenRecord) {
  return {
    accessHash: secretHash,
    accessScopes: formatScopes(scopes),
    accessExpiresAt: expiresAt,
  }
}
