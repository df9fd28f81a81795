import { expiry, type SessionId, type SessionRecord, type UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { EndedSession, Ending, SessionStore } from '../../ports/session-store.ts'
import { insert } from './insert.ts'
import { createRevocationChannel } from './revocation-channel.ts'
import {
  copyRecord,
  emptyState,
  endRecord,
  findUnended,
  type MemoryState,
  unendedRecordsOf,
} from './state.ts'
import { endExpired, purge } from './sweep.ts'
import { replaceData, replaceSecret, touch } from './updates.ts'

/**
 * Creates a store that keeps sessions in the memory of this process: for tests and for trying the
 * library out. Not for production: every session is lost when the process ends, other processes see
 * none of them, and listing looks through all.
 */
export function createMemorySessionStore(): MemorySessionStore {
  const state = emptyState()
  return { ...createSessionStore(state), revocations: createRevocationChannel(state) }
}

/** A store together with the channel for the `cache` option of whoever works on it. */
export interface MemorySessionStore extends SessionStore {
  /** Tells of a change before the operation that makes it has returned. */
  readonly revocations: RevocationChannel
}

/** Works on a given state, so that tests can see into it, and damage it. */
export function createSessionStore(state: MemoryState): SessionStore {
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
  return record === undefined ? null : copyRecord(record)
}

function listByUser(state: MemoryState, userId: UserId, at: Instant): readonly SessionRecord[] {
  return unendedRecordsOf(state, userId)
    .filter((record) => expiry(record, at) === null)
    .toSorted(byNewest)
    .map(copyRecord)
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
  const previousEnd = state.endedAllAt.get(userId) ?? ending.at
  state.endedAllAt.set(userId, Math.max(previousEnd, ending.at))
  return unendedRecordsOf(state, userId)
    .filter((record) => record.id !== except)
    .map((record) => endRecord(state, record, ending))
}
