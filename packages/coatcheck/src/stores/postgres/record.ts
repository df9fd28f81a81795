import { SessionError } from '../../domain/errors.ts'
import type { SessionId, SessionRecord } from '../../domain/session.ts'
import { getField } from '../../domain/stored-fields.ts'
import { formatMethods } from '../../domain/stored-methods.ts'
import type { Instant } from '../../domain/time.ts'

/** Columns that are timestamps or intervals, in the order of `packed_values`. */
const timeColumns = [
  'previous_secret_expires_at',
  'rotated_at',
  'created_at',
  'expires_at',
  'last_activity_at',
  'idle_timeout',
  'authenticated_at',
  'ended_at',
]

/**
 * A session in few columns: every result contains a description of each column, and twenty of them
 * cost more than the row (decision 012). All of them are text: the app may have replaced how its driver
 * parses any other type, also `boolean`, `integer` and `bytea`.
 */
export const recordColumns = `
  id, user_id::text AS user_id, ip_address, user_agent, data, ended_by,
  concat(${timeColumns.map(toMilliseconds).join(`, ',', `)}, ',', remembered, ',', data_version, ',', methods, ',', end_reason) AS packed_values,
  encode(secret_hash || csrf_secret || coalesce(previous_secret_hash, ''), 'hex') AS hashes`

/** Returns an expression that is rounded, because seconds have a fraction. Null stays null. */
export function toMilliseconds(column: string): string {
  return `round(date_part('epoch', ${column}) * 1000)`
}

/** What is read of a session that was ended, as text. */
export const endedColumns = `user_id::text AS "userId", ${toMilliseconds('created_at')}::text AS "createdAt"`

const hashLength = 32

/**
 * Splits a row into the fields of a record. `readStoredRecord` validates them. Some clients return `undefined`
 * for null.
 */
export function toStoredRecord(row: unknown): unknown {
  const [
    previousSecretExpiresAt,
    rotatedAt,
    createdAt,
    expiresAt,
    lastActivityAt,
    idleTimeout,
    authenticatedAt,
    endedAt,
    remembered,
    dataVersion,
    methods,
    ...endReasonParts
  ] = String(getField(row, 'packed_values')).split(',')
  const hashes = getField(row, 'hashes')
  return {
    id: getField(row, 'id'),
    userId: getField(row, 'user_id'),
    ipAddress: getField(row, 'ip_address') ?? null,
    userAgent: getField(row, 'user_agent') ?? null,
    data: getField(row, 'data'),
    endedBy: getField(row, 'ended_by') ?? null,
    previousSecretExpiresAt: numberOrNull(previousSecretExpiresAt),
    rotatedAt: numberOrNull(rotatedAt),
    createdAt: numberOrNull(createdAt),
    expiresAt: numberOrNull(expiresAt),
    lastActivityAt: numberOrNull(lastActivityAt),
    idleTimeout: numberOrNull(idleTimeout),
    authenticatedAt: numberOrNull(authenticatedAt),
    endedAt: numberOrNull(endedAt),
    remembered: remembered === 't',
    dataVersion: numberOrNull(dataVersion),
    methods,
    // Last, because a reason written by another program may contain the separator.
    endReason: endReasonParts.join(',') || null,
    ...splitHashes(hashes),
  }
}

function numberOrNull(text: string | undefined): number | null {
  return text === '' || text === undefined ? null : Number(text)
}

/**
 * Splits the concatenated hashes. If one is damaged, the last one has the wrong length and is rejected
 * by `readStoredRecord`.
 */
function splitHashes(value: unknown) {
  if (typeof value !== 'string') return {}
  const hashes = Buffer.from(value, 'hex')
  const rest = hashes.subarray(2 * hashLength)
  return {
    secretHash: hashes.subarray(0, hashLength),
    csrfSecret: hashes.subarray(hashLength, 2 * hashLength),
    previousSecretHash: rest.length === 0 ? null : rest,
  }
}

/** Returns an expression for a parameter in milliseconds as an interval. */
export function milliseconds(parameter: string): string {
  return `${parameter}::float8 * interval '1 millisecond'`
}

/** Returns the statement that inserts a record into the table. */
export function insertRecord(sessions: string): string {
  return `
  INSERT INTO ${sessions} (
    id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
    created_at, expires_at, last_activity_at, idle_timeout, authenticated_at, remembered,
    ip_address, user_agent, csrf_secret, data, data_version, methods, replaces
  ) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, ${milliseconds('$10')}, $11, $12, $13, $14, $15, $16, $17, $18, $19
  )
  ON CONFLICT (id) DO NOTHING
  RETURNING id`
}

/** Returns the parameters of `insertRecord`. An inserted session has not ended. */
export function toValues(record: SessionRecord, replaces: SessionId | null): unknown[] {
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
    formatMethods(record),
    replaces,
  ]
}

const minTimestamp: Instant = Date.parse('0001-01-01T00:00:00Z')
const maxTimestamp: Instant = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * Formats an instant so that PostgreSQL parses it the same way under every time zone and date style.
 * Throws `invalid-argument` outside the years 1 to 9999, which this format cannot represent.
 */
export function toTimestamp(instant: Instant): string {
  if (Number.isInteger(instant) && instant >= minTimestamp && instant <= maxTimestamp) {
    return new Date(instant).toISOString()
  }
  const message = 'An instant must be an integer of milliseconds in the years 1 to 9999'
  throw new SessionError('invalid-argument', message)
}

export function toTimestampOrNull(instant: Instant | null): string | null {
  return instant === null ? null : toTimestamp(instant)
}
