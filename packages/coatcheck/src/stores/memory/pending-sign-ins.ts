import { SessionError } from '../../domain/errors.ts'
import {
  maxPendingSignIns,
  type PendingSignInKey,
  type PendingSignInRecord,
  requireStorablePendingSignIn,
} from '../../domain/pending-sign-in.ts'
import { isSameHash, type SessionRecord, type UserId } from '../../domain/session.ts'
import { type Instant, minute } from '../../domain/time.ts'
import type {
  PendingSignInAddition,
  PendingSignInCount,
  SessionStore,
} from '../../ports/session-store.ts'
import { systemClock } from '../../ports/system.ts'
import type { MemoryState } from './state.ts'

/** How far ahead of the clock a stored instant may be. A later one was stored under a wrong clock. */
const maxClockError = minute

type PendingSignInOperations = Pick<
  SessionStore,
  | 'addPendingSignIn'
  | 'findPendingSignIn'
  | 'countPendingSignInAttempt'
  | 'removePendingSignIn'
  | 'endPendingSignIns'
  | 'purgePendingSignIns'
>

export function createPendingSignIns(state: MemoryState): PendingSignInOperations {
  return {
    addPendingSignIn: async (addition) => add(state, addition),
    async findPendingSignIn(id) {
      const record = state.pendingSignIns.get(id)
      return record === undefined ? null : copyPending(record)
    },
    countPendingSignInAttempt: async (key, count) => countAttempt(state, key, count),
    async removePendingSignIn(key) {
      return findByKey(state, key) !== null && state.pendingSignIns.delete(key.id)
    },
    async endPendingSignIns(userId, at) {
      state.endedPendingAt.set(userId, latestEnding(state.endedPendingAt.get(userId), at))
      return removePendingOf(state, userId)
    },
    purgePendingSignIns: async (expiredBefore, limit) => purge(state, expiredBefore, limit),
  }
}

function add(state: MemoryState, { record, replaces }: PendingSignInAddition): boolean {
  requireStorablePendingSignIn(record)
  if (state.pendingSignIns.has(record.id)) {
    throw new SessionError('id-in-use', 'A pending sign-in with this id already exists')
  }
  const { userId } = record
  const check = { checkedAt: record.credentialsCheckedAt, at: record.createdAt }
  const endings = [state.endedAllAt.get(userId), state.endedPendingAt.get(userId)]
  if (endings.some((endedAt) => areOutdated(endedAt, check))) return false
  if (replaces !== null && findByKey(state, replaces) !== null) {
    state.pendingSignIns.delete(replaces.id)
  }
  state.pendingSignIns.set(record.id, copyPending(record))
  const newestFirst = pendingOf(state, userId).toSorted(
    (one, other) => other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1),
  )
  for (const { id } of newestFirst.slice(maxPendingSignIns)) state.pendingSignIns.delete(id)
  return true
}

function countAttempt(
  state: MemoryState,
  key: PendingSignInKey,
  { limit, at }: PendingSignInCount,
): PendingSignInRecord | null {
  const record = findByKey(state, key)
  if (record === null || at >= record.expiresAt || record.attempts > limit) return null
  const counted = { ...record, attempts: record.attempts + 1 }
  state.pendingSignIns.set(record.id, counted)
  return copyPending(counted)
}

function purge(state: MemoryState, expiredBefore: Instant, limit: number): number {
  const before = Math.min(expiredBefore, systemClock.now())
  const purged = [...state.pendingSignIns.values()]
    .filter(({ expiresAt }) => expiresAt < before)
    .slice(0, limit)
  for (const { id } of purged) state.pendingSignIns.delete(id)
  return purged.length
}

/** Returns the pending sign-in that an insertion may complete, or `null`. */
export function findCompleted(
  state: MemoryState,
  key: PendingSignInKey,
  { userId, createdAt }: SessionRecord,
): PendingSignInRecord | null {
  const record = findByKey(state, key)
  if (record === null || record.userId !== userId) return null
  return createdAt < record.expiresAt && record.attempts > 0 ? record : null
}

/** Removes all pending sign-ins of the user and returns how many. */
export function removePendingOf(state: MemoryState, userId: UserId): number {
  const removed = pendingOf(state, userId)
  for (const { id } of removed) state.pendingSignIns.delete(id)
  return removed.length
}

/** When a check of credentials started, and by whose clock: `at` is the instant of the caller. */
interface CredentialCheck {
  readonly checkedAt: Instant
  readonly at: Instant
}

/** Whether everything of the user was ended after the check of the credentials had started. */
export function areOutdated(endedAt: Instant | undefined, check: CredentialCheck): boolean {
  if (endedAt === undefined) return false
  const now = systemClock.now()
  const boundedCheckedAt = check.checkedAt - Math.max(0, check.at - now)
  return boundedCheckedAt <= endedAt && endedAt <= now + maxClockError
}

/** The latest of two endings, at most the current time. */
export function latestEnding(previous: Instant | undefined, at: Instant): Instant {
  return Math.min(Math.max(previous ?? at, at), systemClock.now())
}

function findByKey(state: MemoryState, key: PendingSignInKey): PendingSignInRecord | null {
  const record = state.pendingSignIns.get(key.id)
  // Both are hashes of a random secret, so the time of the comparison reveals nothing useful.
  return record !== undefined && isSameHash(record.secretHash, key.secretHash) ? record : null
}

function pendingOf(state: MemoryState, userId: UserId): readonly PendingSignInRecord[] {
  return [...state.pendingSignIns.values()].filter((record) => record.userId === userId)
}

/** Copies a record, so that the caller and the store cannot change each other's. */
function copyPending(record: PendingSignInRecord): PendingSignInRecord {
  return {
    ...record,
    secretHash: new Uint8Array(record.secretHash),
    methods: record.methods.map((each) => ({ ...each })),
  }
}
