import { expiry, type SecretHash, type SessionId } from '../../domain/session.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'
import type { Activity, DataReplacement, SecretReplacement } from '../../ports/session-store.ts'
import { findUnended, type MemoryState, recordActivity, updateRecord } from './state.ts'

export function replaceSecret(
  state: MemoryState,
  id: SessionId,
  replacement: SecretReplacement,
): boolean {
  const { from, to, csrfSecret, authentication, previousExpiresAt, at } = replacement
  const record = findUnended(state, id)
  if (record === null || expiry(record, at) !== null) return false
  if (!sameBytes(record.secretHash, from)) return false
  updateRecord(state, record, {
    secretHash: to,
    previousSecretHash: from,
    previousSecretExpiresAt: previousExpiresAt,
    rotatedAt: at,
    csrfSecret: csrfSecret ?? record.csrfSecret,
    ...(authentication !== null && {
      authenticatedAt: at,
      expiresAt: authentication.expiresAt,
      lastActivityAt: Math.max(at, record.lastActivityAt),
    }),
  })
  return true
}

/** Plain comparison: both sides are hashes, and the token was verified in constant time before. */
function sameBytes(one: SecretHash, other: SecretHash): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

export function replaceData(
  state: MemoryState,
  id: SessionId,
  replacement: DataReplacement,
): boolean {
  const record = findUnended(state, id)
  if (record === null || record.dataVersion !== replacement.from) return false
  updateRecord(state, record, { data: replacement.data, dataVersion: record.dataVersion + 1 })
  return true
}

export function touch(
  state: MemoryState,
  activities: readonly Activity[],
  precision: Milliseconds,
): readonly SessionId[] {
  const latest = [...latestOf(activities)]
  return latest.filter(([id, at]) => !touchOne(state, { id, at }, precision)).map(([id]) => id)
}

function touchOne(state: MemoryState, { id, at }: Activity, precision: Milliseconds): boolean {
  const record = findUnended(state, id)
  if (record === null || expiry(record, at) !== null) return false
  const elapsed = at - record.lastActivityAt
  if (elapsed <= 0 || elapsed < precision) return false
  recordActivity(state, record, at)
  return true
}

function latestOf(activities: readonly Activity[]): ReadonlyMap<SessionId, Instant> {
  const latest = new Map<SessionId, Instant>()
  for (const { id, at } of activities) latest.set(id, Math.max(at, latest.get(id) ?? at))
  return latest
}
