import type { GrantRecord } from '../../../domain/grant.ts'
import { getField } from '../../../domain/stored-fields.ts'
import { formatScopes } from '../../../domain/stored-grant.ts'
import { milliseconds, toMilliseconds, toTimestamp, toTimestampOrNull } from '../record.ts'

/** Columns that are timestamps or intervals, in the order of `packed_values`. */
const timeColumns = [
  'authenticated_at',
  'created_at',
  'expires_at',
  'last_refreshed_at',
  'idle_timeout',
  'access_expires_at',
  'previous_access_expires_at',
  'rotated_at',
  'grace_expires_at',
  'ended_at',
]

/** Columns of 32 bytes, in the order of `hashes`. */
const hashColumns = [
  'family_hash',
  'refresh_hash',
  'access_hash',
  'previous_access_hash',
  'previous_refresh_hash',
  'rotation_salt',
]

/** A grant in few columns, all of them text, like `recordColumns` of sessions. */
export const grantColumns = `
  id, user_id::text AS user_id, client_id, scopes, access_scopes, previous_access_scopes, ended_by,
  concat(${timeColumns.map(toMilliseconds).join(`, ',', `)}, ',', end_reason) AS packed_values,
  concat(${hashColumns.map(toHex).join(`, ',', `)}) AS hashes`

function toHex(column: string): string {
  return `encode(${column}, 'hex')`
}

/** The columns that `readEndedGrant` reads. */
export const endedColumns = 'id, user_id::text AS "userId", client_id AS "clientId"'

/** Splits a row into the fields that `readStoredGrant` validates. Some clients return `undefined` for null. */
export function toStoredGrant(row: unknown): unknown {
  const [
    authenticatedAt,
    createdAt,
    expiresAt,
    lastRefreshedAt,
    idleTimeout,
    accessExpiresAt,
    previousAccessExpiresAt,
    rotatedAt,
    graceExpiresAt,
    endedAt,
    ...endReasonParts
  ] = String(getField(row, 'packed_values')).split(',')
  return {
    id: getField(row, 'id'),
    userId: getField(row, 'user_id'),
    clientId: getField(row, 'client_id'),
    scopes: getField(row, 'scopes'),
    accessScopes: getField(row, 'access_scopes'),
    previousAccessScopes: getField(row, 'previous_access_scopes') ?? null,
    authenticatedAt: numberOrNull(authenticatedAt),
    createdAt: numberOrNull(createdAt),
    expiresAt: numberOrNull(expiresAt),
    lastRefreshedAt: numberOrNull(lastRefreshedAt),
    idleTimeout: numberOrNull(idleTimeout),
    accessExpiresAt: numberOrNull(accessExpiresAt),
    previousAccessExpiresAt: numberOrNull(previousAccessExpiresAt),
    rotatedAt: numberOrNull(rotatedAt),
    graceExpiresAt: numberOrNull(graceExpiresAt),
    endedAt: numberOrNull(endedAt),
    // Last, because a reason written by another program may contain the separator.
    endReason: endReasonParts.join(',') || null,
    endedBy: getField(row, 'ended_by') ?? null,
    ...splitHashes(String(getField(row, 'hashes'))),
  }
}

function splitHashes(hashes: string) {
  const [family, refresh, access, previousAccess, previousRefresh, salt] = hashes.split(',')
  return {
    familyHash: bytesOrNull(family),
    refreshSecretHash: bytesOrNull(refresh),
    accessHash: bytesOrNull(access),
    previousAccessHash: bytesOrNull(previousAccess),
    previousRefreshHash: bytesOrNull(previousRefresh),
    rotationSalt: bytesOrNull(salt),
  }
}

function bytesOrNull(hex = ''): Uint8Array | null {
  return hex === '' ? null : Buffer.from(hex, 'hex')
}

function numberOrNull(text = ''): number | null {
  return text === '' ? null : Number(text)
}

/** Returns the statement that inserts a grant into the table, with the parameters of `toGrantValues`. */
export function insertGrantText(grants: string): string {
  return `
    INSERT INTO ${grants} (
      id, user_id, client_id, scopes, authenticated_at, created_at, expires_at, last_refreshed_at,
      idle_timeout, family_hash, refresh_hash, access_hash, access_scopes, access_expires_at,
      previous_access_hash, previous_access_scopes, previous_access_expires_at,
      previous_refresh_hash, rotation_salt, rotated_at, grace_expires_at
    ) VALUES (
      $1, $2, $3, $4, $5, $6, $7, $8, ${milliseconds('$9')}, $10, $11, $12, $13, $14, $15, $16, $17,
      $18, $19, $20, $21
    )
    ON CONFLICT (id) DO NOTHING
    RETURNING id`
}

/** Returns the parameters of `insertGrantText` for a grant that has not ended. */
export function toGrantValues(record: GrantRecord): unknown[] {
  const { accessToken, previousAccessToken: previous, rotation } = record
  return [
    record.id,
    record.userId,
    record.clientId,
    formatScopes(record.scopes),
    toTimestamp(record.authenticatedAt),
    toTimestamp(record.createdAt),
    toTimestamp(record.expiresAt),
    toTimestamp(record.lastRefreshedAt),
    record.idleTimeout,
    record.familyHash,
    record.refreshSecretHash,
    accessToken.secretHash,
    formatScopes(accessToken.scopes),
    toTimestamp(accessToken.expiresAt),
    previous?.secretHash ?? null,
    previous === null ? null : formatScopes(previous.scopes),
    toTimestampOrNull(previous?.expiresAt ?? null),
    rotation?.previousSecretHash ?? null,
    rotation?.salt ?? null,
    toTimestampOrNull(rotation?.rotatedAt ?? null),
    toTimestampOrNull(rotation?.graceExpiresAt ?? null),
  ]
}
