import { assuranceLevelOf } from './authentication.ts'
import type { EndReason, Expiry, SessionId, SessionRecord, UserId } from './session.ts'
import { createFieldReaders, getField, readValid, type StoredFields } from './stored-fields.ts'
import { parseMethods } from './stored-methods.ts'
import type { Instant } from './time.ts'

type Field = keyof SessionRecord

const { text, integer, boolean, hash, orNull, failCorrupt } = createFieldReaders<Field>('session')
const integerOrNull = orNull(integer)
const textOrNull = orNull(text)
const hashOrNull = orNull(hash)
// Whatever it is: a reason of another version or program must not make the session unreadable.
const reasonOrNull = orNull<EndReason>((stored, field) => text(stored, field) || failCorrupt(field))

/**
 * Validates a record that a backend returned. Accepts integers as `bigint`, booleans as 0 or 1, bytes as any
 * view, and as `methods` the text of `formatMethods`. Throws `corrupt-record`, naming the field but not its value, for an invalid
 * field.
 */
export function readStoredRecord(stored: unknown): SessionRecord {
  const record = readFields(typeof stored === 'object' && stored !== null ? stored : {})
  // With only one of the two, readers would disagree on whether the session has ended.
  if ((record.endedAt === null) !== (record.endReason === null)) failCorrupt('endReason')
  return record
}

function readFields(stored: StoredFields<Field>): SessionRecord {
  const { methods, previousMethods } =
    parseMethods(text(stored, 'methods')) ?? failCorrupt('methods')
  return {
    id: text(stored, 'id') as SessionId,
    secretHash: hash(stored, 'secretHash'),
    previousSecretHash: hashOrNull(stored, 'previousSecretHash'),
    previousSecretExpiresAt: integerOrNull(stored, 'previousSecretExpiresAt'),
    rotatedAt: integerOrNull(stored, 'rotatedAt'),
    userId: text(stored, 'userId'),
    createdAt: integer(stored, 'createdAt'),
    expiresAt: integer(stored, 'expiresAt'),
    lastActivityAt: integer(stored, 'lastActivityAt'),
    idleTimeout: integer(stored, 'idleTimeout'),
    authenticatedAt: integer(stored, 'authenticatedAt'),
    methods,
    previousMethods,
    assuranceLevel: assuranceLevelOf(methods),
    remembered: boolean(stored, 'remembered'),
    ipAddress: textOrNull(stored, 'ipAddress'),
    userAgent: textOrNull(stored, 'userAgent'),
    csrfSecret: hash(stored, 'csrfSecret'),
    data: text(stored, 'data'),
    dataVersion: integer(stored, 'dataVersion'),
    endedAt: integerOrNull(stored, 'endedAt'),
    endReason: reasonOrNull(stored, 'endReason'),
    endedBy: textOrNull(stored, 'endedBy'),
  }
}

/** Like `readStoredRecord` for each, skipping records that cannot be read. */
export function readValidRecords(stored: readonly unknown[]): readonly SessionRecord[] {
  return readValid(stored, readStoredRecord)
}

/** Reads `id`, `userId` and `createdAt` of a session that a backend ended. */
export function readEnded<Reason extends EndReason>(
  stored: unknown,
  reason: Reason,
): {
  readonly id: SessionId
  readonly userId: UserId
  readonly createdAt: Instant
  readonly reason: Reason
} {
  const id = String(getField(stored, 'id')) as SessionId
  const createdAt = Number(getField(stored, 'createdAt'))
  return { id, userId: String(getField(stored, 'userId')), createdAt, reason }
}

/** Like `readEnded`, for a session that the timeout in `reason` ended. */
export function readExpired(stored: unknown) {
  return readEnded(stored, readExpiry(stored))
}

/** Reads the timeout that ended a session or a grant, in `reason`. */
export function readExpiry(stored: unknown): Expiry {
  return getField(stored, 'reason') === 'idle-timeout' ? 'idle-timeout' : 'absolute-timeout'
}
