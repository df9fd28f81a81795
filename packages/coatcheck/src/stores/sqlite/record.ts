import type { SessionRecord } from '../../domain/session.ts'
import type { SqliteParameters } from './database.ts'

/** The columns of a session, named after the fields of the record. */
export const recordColumns = `
  id, secret_hash AS secretHash, previous_secret_hash AS previousSecretHash,
  previous_secret_expires_at AS previousSecretExpiresAt, rotated_at AS rotatedAt,
  user_id AS userId, created_at AS createdAt, expires_at AS expiresAt,
  last_activity_at AS lastActivityAt, idle_timeout_ms AS idleTimeout,
  authenticated_at AS authenticatedAt, remembered, ip_address AS ipAddress,
  user_agent AS userAgent, csrf_secret AS csrfSecret, data, data_version AS dataVersion,
  ended_at AS endedAt, end_reason AS endReason, ended_by AS endedBy`

export const insertRecord = `
  INSERT INTO sessions (
    id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
    created_at, expires_at, last_activity_at, idle_timeout_ms, authenticated_at, remembered,
    ip_address, user_agent, csrf_secret, data, data_version
  ) VALUES (
    :id, :secretHash, :previousSecretHash, :previousSecretExpiresAt, :rotatedAt, :userId,
    :createdAt, :expiresAt, :lastActivityAt, :idleTimeout, :authenticatedAt, :remembered,
    :ipAddress, :userAgent, :csrfSecret, :data, :dataVersion
  )`

export function toParameters(record: SessionRecord): SqliteParameters {
  // An inserted session has not ended, so these fields have no parameters.
  const { endedAt: _at, endReason: _reason, endedBy: _by, remembered, ...rest } = record
  return { ...rest, remembered: remembered ? 1 : 0 }
}
