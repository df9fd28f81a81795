import { SessionError } from '../../domain/errors.ts'
import type { SessionRecord } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'

/**
 * The columns of a session under the names of the record's fields. Numbers are made by the server: what
 * a driver makes of `timestamptz`, `interval` and `bigint` depends on settings that belong to the app.
 */
export const recordColumns = [
  'id',
  'secret_hash AS "secretHash"',
  'previous_secret_hash AS "previousSecretHash"',
  `${toMilliseconds('previous_secret_expires_at')} AS "previousSecretExpiresAt"`,
  `${toMilliseconds('rotated_at')} AS "rotatedAt"`,
  'user_id AS "userId"',
  `${toMilliseconds('created_at')} AS "createdAt"`,
  `${toMilliseconds('expires_at')} AS "expiresAt"`,
  `${toMilliseconds('last_activity_at')} AS "lastActivityAt"`,
  `${toMilliseconds('idle_timeout')} AS "idleTimeout"`,
  `${toMilliseconds('authenticated_at')} AS "authenticatedAt"`,
  'remembered',
  'ip_address AS "ipAddress"',
  'user_agent AS "userAgent"',
  'csrf_secret AS "csrfSecret"',
  'data',
  'data_version::float8 AS "dataVersion"',
  `${toMilliseconds('ended_at')} AS "endedAt"`,
  'end_reason AS "endReason"',
  'ended_by AS "endedBy"',
].join(', ')

function toMilliseconds(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`
}

/** The parameter as a length of time, given in milliseconds. */
export function milliseconds(parameter: string): string {
  return `${parameter}::float8 * interval '1 millisecond'`
}

export const insertRecord = `
  INSERT INTO sessions (
    id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
    created_at, expires_at, last_activity_at, idle_timeout, authenticated_at, remembered,
    ip_address, user_agent, csrf_secret, data, data_version
  ) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, ${milliseconds('$10')}, $11, $12, $13, $14, $15, $16, $17
  )
  ON CONFLICT (id) DO NOTHING
  RETURNING id`

/** In the order of `insertRecord`. A session goes in before it ends, so nothing says how it ended. */
export function toValues(record: SessionRecord): unknown[] {
  return [
    record.id,
    record.secretHash,
    record.previousSecretHash,
    toTimestampOrNull(record.previousSecretExpiresAt),
    toTimestampOrNull(record.rotatedAt),
    record.userId,
    toTimestamp(record.createdAt),
    toTimestamp(record.expiresAt),
    toTimestamp(record.lastActivityAt),
    record.idleTimeout,
    toTimestamp(record.authenticatedAt),
    record.remembered,
    record.ipAddress,
    record.userAgent,
    record.csrfSecret,
    record.data,
    record.dataVersion,
  ]
}

const firstInstant: Instant = Date.parse('0001-01-01T00:00:00Z')
const lastInstant: Instant = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * Writes an instant as PostgreSQL reads it, the same under every time zone and date style. Throws
 * `invalid-argument` outside the years 1 to 9999, which have no such text.
 */
export function toTimestamp(instant: Instant): string {
  if (Number.isInteger(instant) && instant >= firstInstant && instant <= lastInstant) {
    return new Date(instant).toISOString()
  }
  throw new SessionError('invalid-argument', 'Instants are whole milliseconds until the year 9999')
}

function toTimestampOrNull(instant: Instant | null): string | null {
  return instant === null ? null : toTimestamp(instant)
}
