import { assuranceLevelOf } from './authentication.ts'
import { isCorruptRecord, SessionError } from './errors.ts'
import type { EndReason, Expiry, SessionId, SessionRecord, UserId } from './session.ts'
import { type MethodHistory, parseMethods } from './stored-methods.ts'
import type { Instant } from './time.ts'

/** The fields of a record as a backend returned them, not validated yet. */
type StoredRecord = { readonly [Field in keyof SessionRecord]?: unknown }

const hashLength = 32

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

function readFields(stored: StoredRecord): SessionRecord {
  const { methods, previousMethods } = methodHistory(stored)
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
  return stored.flatMap((each) => {
    try {
      return [readStoredRecord(each)]
    } catch (error) {
      if (!isCorruptRecord(error)) throw error
      return []
    }
  })
}

/** Reads `id` and `userId` of a session that a backend ended. */
export function readEnded<Reason extends EndReason>(
  stored: unknown,
  reason: Reason,
): { readonly id: SessionId; readonly userId: UserId; readonly reason: Reason } {
  const id = String(getField(stored, 'id')) as SessionId
  return { id, userId: String(getField(stored, 'userId')), reason }
}

/** Like `readEnded`, for a session that the timeout in `reason` ended. */
export function readExpired(stored: unknown) {
  const reason: Expiry =
    getField(stored, 'reason') === 'idle-timeout' ? 'idle-timeout' : 'absolute-timeout'
  return readEnded(stored, reason)
}

/** A field of a value that a backend returned; `undefined` if there is none. */
export function getField(stored: unknown, field: string): unknown {
  return typeof stored === 'object' && stored !== null ? Reflect.get(stored, field) : undefined
}

/** The bytes of a view that a backend returned, or `null`. Drivers return views of other realms too. */
export function toBytes(value: unknown): Uint8Array | null {
  if (!ArrayBuffer.isView(value)) return null
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

type Reader<Value> = (stored: StoredRecord, field: keyof SessionRecord) => Value

function orNull<Value>(read: Reader<Value>): Reader<Value | null> {
  return (stored, field) => (stored[field] === null ? null : read(stored, field))
}

function text(stored: StoredRecord, field: keyof SessionRecord): string {
  const value = stored[field]
  return typeof value === 'string' ? value : failCorrupt(field)
}

function integer(stored: StoredRecord, field: keyof SessionRecord): Instant {
  const value = stored[field]
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : failCorrupt(field)
}

function boolean(stored: StoredRecord, field: keyof SessionRecord): boolean {
  const value = stored[field]
  if (typeof value === 'boolean') return value
  const number = integer(stored, field)
  return number === 0 || number === 1 ? number === 1 : failCorrupt(field)
}

function hash(stored: StoredRecord, field: keyof SessionRecord): Uint8Array {
  const bytes = toBytes(stored[field])
  if (bytes === null || bytes.length !== hashLength) return failCorrupt(field)
  // A copy: a driver's buffer may be a view of shared memory, which it would keep alive in the cache.
  return new Uint8Array(bytes)
}

function reason(stored: StoredRecord, field: keyof SessionRecord): EndReason {
  // Whatever it is: a reason of another version or program must not make the session unreadable.
  return text(stored, field) || failCorrupt(field)
}

function methodHistory(stored: StoredRecord): MethodHistory {
  return parseMethods(text(stored, 'methods')) ?? failCorrupt('methods')
}

const integerOrNull = orNull(integer)
const textOrNull = orNull(text)
const hashOrNull = orNull(hash)
const reasonOrNull = orNull(reason)

function failCorrupt(field: keyof SessionRecord): never {
  throw new SessionError('corrupt-record', `A stored session cannot be read: ${field} is invalid`)
}
