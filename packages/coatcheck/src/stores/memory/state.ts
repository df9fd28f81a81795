import type { EndReason, SessionId, SessionRecord, UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { EndedSession, Ending } from '../../ports/session-store.ts'

/** What the memory store remembers. Records in it are private copies, never handed out. */
export interface MemoryState {
  readonly sessions: Map<SessionId, SessionRecord>
  /** Per user, the latest instant at which all of the user's sessions were ended. */
  readonly endedAllAt: Map<UserId, Instant>
  /** Told of each change but activity. */
  readonly listeners: Set<(id: SessionId) => void>
}

export function emptyState(): MemoryState {
  return { sessions: new Map(), endedAllAt: new Map(), listeners: new Set() }
}

/** Copies a record so that neither side can change the other's bytes. */
export function copyRecord(record: SessionRecord): SessionRecord {
  return {
    ...record,
    secretHash: new Uint8Array(record.secretHash),
    previousSecretHash:
      record.previousSecretHash === null ? null : new Uint8Array(record.previousSecretHash),
    csrfSecret: new Uint8Array(record.csrfSecret),
  }
}

/** Puts changes to a session in force, and tells of them. */
export function updateRecord(
  state: MemoryState,
  record: SessionRecord,
  changes: Partial<SessionRecord>,
): void {
  state.sessions.set(record.id, copyRecord({ ...record, ...changes }))
  for (const notify of state.listeners) notify(record.id)
}

/** Activity is too frequent to tell of, and only lengthens a session. */
export function recordActivity(state: MemoryState, record: SessionRecord, at: Instant): void {
  state.sessions.set(record.id, { ...record, lastActivityAt: at })
}

/** Returns the session unless it is absent or has ended. */
export function findUnended(state: MemoryState, id: SessionId): SessionRecord | null {
  const record = state.sessions.get(id)
  return record === undefined || record.endedAt !== null ? null : record
}

/** Returns the user's sessions that have not ended, in no particular order. */
export function unendedRecordsOf(state: MemoryState, userId: UserId): readonly SessionRecord[] {
  return [...state.sessions.values()].filter(
    (record) => record.userId === userId && record.endedAt === null,
  )
}

/** Ends a session that has not ended. */
export function endRecord<Reason extends EndReason>(
  state: MemoryState,
  record: SessionRecord,
  ending: Ending & { readonly reason: Reason },
): EndedSession & { readonly reason: Reason } {
  updateRecord(state, record, { endedAt: ending.at, endReason: ending.reason, endedBy: ending.by })
  return { id: record.id, userId: record.userId, reason: ending.reason }
}
