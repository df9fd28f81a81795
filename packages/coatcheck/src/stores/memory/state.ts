import type { GrantId } from '../../domain/grant.ts'
import type { PendingSignInId, PendingSignInRecord } from '../../domain/pending-sign-in.ts'
import type { EndReason, SessionId, SessionRecord, UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { EndedSession, Ending } from '../../ports/session-store.ts'

/** The contents of a memory store. Records are private copies and never returned to a caller. */
export interface MemoryState {
  readonly sessions: Map<SessionId, SessionRecord>
  /** Per session, the one that its insertion replaced. */
  readonly replaced: Map<SessionId, SessionId>
  /** Per user, the latest instant at which all of the user's sessions were ended. */
  readonly endedAllAt: Map<UserId, Instant>
  /** Apart from the sessions, so that the id of one never names the other. */
  readonly pendingSignIns: Map<PendingSignInId, PendingSignInRecord>
  /** Per user, the latest instant at which all pending sign-ins were ended without the sessions. */
  readonly endedPendingAt: Map<UserId, Instant>
  /** Called for each change except activity, before the operation that makes it returns. */
  readonly listeners: Set<(id: SessionId) => void>
}

export function emptyState(): MemoryState {
  return {
    sessions: new Map(),
    replaced: new Map(),
    endedAllAt: new Map(),
    pendingSignIns: new Map(),
    endedPendingAt: new Map(),
    listeners: new Set(),
  }
}

/** Copies a record, so that the caller and the store cannot change each other's bytes. */
export function copyRecord(record: SessionRecord): SessionRecord {
  return {
    ...record,
    secretHash: new Uint8Array(record.secretHash),
    previousSecretHash:
      record.previousSecretHash === null ? null : new Uint8Array(record.previousSecretHash),
    csrfSecret: new Uint8Array(record.csrfSecret),
    methods: record.methods.map((used) => ({ ...used })),
    previousMethods: record.previousMethods.map((used) => ({ ...used })),
  }
}

/** Applies changes to a session and calls the listeners. */
export function updateRecord(
  state: MemoryState,
  record: SessionRecord,
  changes: Partial<SessionRecord>,
): void {
  state.sessions.set(record.id, copyRecord({ ...record, ...changes }))
  for (const notify of state.listeners) notify(record.id)
}

/** Returns the session, or `null` if it is absent or has ended. */
export function findUnended(state: MemoryState, id: SessionId): SessionRecord | null {
  const record = state.sessions.get(id)
  return record === undefined || record.endedAt !== null ? null : record
}

/** Returns the user's sessions, in no particular order. Scans all sessions. */
export function recordsOf(state: MemoryState, userId: UserId): readonly SessionRecord[] {
  const records: SessionRecord[] = []
  for (const record of state.sessions.values()) {
    if (record.userId === userId) records.push(record)
  }
  return records
}

/** Returns the user's sessions that have not ended, in no particular order. */
export function unendedRecordsOf(state: MemoryState, userId: UserId): readonly SessionRecord[] {
  return recordsOf(state, userId).filter(({ endedAt }) => endedAt === null)
}

/** Ends a session that has not ended. */
export function endRecord<Reason extends EndReason>(
  state: MemoryState,
  record: SessionRecord,
  ending: Ending & { readonly reason: Reason },
): EndedSession & { readonly reason: Reason } {
  updateRecord(state, record, { endedAt: ending.at, endReason: ending.reason, endedBy: ending.by })
  const { id, userId, createdAt } = record
  return { id, userId, createdAt, reason: ending.reason }
}

export function compareIds(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1
}

/** Creates the channel of a memory store. Notifications are synchronous, so it is always fresh. */
export function createRevocationChannel<Id extends SessionId | GrantId>({
  listeners,
}: {
  readonly listeners: Set<(id: Id) => void>
}): RevocationChannel {
  return {
    subscribe({ listener, clock }) {
      listeners.add(listener.onChange)
      listener.onReset()
      let closed = false
      return {
        freshAsOf: () => (closed ? Number.NEGATIVE_INFINITY : clock.now()),
        requestHeartbeat() {},
        async close() {
          closed = true
          listeners.delete(listener.onChange)
        },
      }
    },
  }
}
