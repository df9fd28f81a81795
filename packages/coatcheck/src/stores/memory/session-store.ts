import { expiry, type SessionId, type SessionRecord, type UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { EndedSession, Ending, SessionStore } from '../../ports/session-store.ts'
import { replaceData, replaceSecret, touch } from './change.ts'
import { insert } from './insert.ts'
import { revocationChannelOver } from './revocation-channel.ts'
import { copyOf, emptyState, endRecord, findUnended, type MemoryState, unendedOf } from './state.ts'
import { endExpired, purge } from './sweep.ts'

/**
 * Creates a store that keeps sessions in the memory of this process: for tests and for trying the
 * library out. Not for production: every session is lost when the process ends, other processes see
 * none of them, and listing looks through all.
 */
export function createMemorySessionStore(): MemorySessionStore {
  const state = emptyState()
  return { ...sessionStoreOver(state), revocations: revocationChannelOver(state) }
}

/** A store together with the channel for the `cache` option of whoever works on it. */
export interface MemorySessionStore extends SessionStore {
  /** Tells of a change before the operation that makes it has returned. */
  readonly revocations: RevocationChannel
}

/** Works on a given state, so that tests can see into it, and damage it. */
export function sessionStoreOver(state: MemoryState): SessionStore {
  // No step awaits anything in between: that is what makes every operation atomic.
  return {
    insert: async (insertion) => insert(state, insertion),
    find: async (id) => find(state, id),
    listByUser: async (userId, at) => listByUser(state, userId, at),
    replaceSecret: async (id, replacement) => replaceSecret(state, id, replacement),
    replaceData: async (id, replacement) => replaceData(state, id, replacement),
    touch: async (activities, precision) => touch(state, activities, precision),
    end: async (id, ending) => end(state, id, ending),
    endByUser: async (userId, ending, except) => endAll(state, userId, { ending, except }),
    endExpired: async (sweep) => endExpired(state, sweep),
    purge: async (endedBefore, limit) => purge(state, endedBefore, limit),
  }
}

function find(state: MemoryState, id: SessionId): SessionRecord | null {
  const record = state.sessions.get(id)
  return record === undefined ? null : copyOf(record)
}

function listByUser(state: MemoryState, userId: UserId, at: Instant): readonly SessionRecord[] {
  return unendedOf(state, userId)
    .filter((record) => expiry(record, at) === null)
    .toSorted(byNewest)
    .map(copyOf)
}

function byNewest(one: SessionRecord, other: SessionRecord): number {
  return other.createdAt - one.createdAt || (one.id < other.id ? -1 : 1)
}

function end(state: MemoryState, id: SessionId, ending: Ending): EndedSession | null {
  const record = findUnended(state, id)
  return record === null ? null : endRecord(state, record, ending)
}

function endAll(
  state: MemoryState,
  userId: UserId,
  { ending, except }: { readonly ending: Ending; readonly except: SessionId | null },
): readonly EndedSession[] {
  const endedBefore = state.allEndedAt.get(userId) ?? ending.at
  state.allEndedAt.set(userId, Math.max(endedBefore, ending.at))
  return unendedOf(state, userId)
    .filter((record) => record.id !== except)
    .map((record) => endRecord(state, record, ending))
}
