import { isSessionError, isStoreFailure } from '../../domain/errors.ts'
import type { SessionId, SessionRecord } from '../../domain/session.ts'
import type { EndedSession, SessionStore } from '../../ports/session-store.ts'
import { toSessionStore } from '../../ports/session-store-members.ts'
import type { VerificationCache } from './verification-cache.ts'

/** The part of the cache that depends on what the store returns. */
export type CacheInvalidation = Pick<
  VerificationCache<SessionRecord>,
  'read' | 'observe' | 'update' | 'invalidate' | 'invalidateUser'
>

/**
 * Wraps the store, so that the cache never contradicts what this process has learned from it: every
 * write invalidates its sessions, and every read drops what differs, before the caller gets the result
 * and without waiting for the channel. A write that failed may have been applied, so it invalidates
 * its sessions too, as far as they are known.
 */
export function withCacheInvalidation(store: SessionStore, cache: CacheInvalidation): SessionStore {
  async function invalidateAfter<Result>(
    id: SessionId | null,
    change: Promise<Result>,
  ): Promise<Result> {
    try {
      return await change
    } finally {
      if (id !== null) cache.invalidate(id)
    }
  }

  function invalidateEnded(ended: readonly EndedSession[]): void {
    for (const { id } of ended) cache.invalidate(id)
  }

  const {
    sweepBatch,
    countUnended,
    claimSweep,
    currentTime,
    hasEndedWithoutSuccessor,
    normalizeUserId,
    within,
  } = store

  return toSessionStore({
    sweepBatch,
    countUnended: countUnended?.bind(store),
    claimSweep: claimSweep?.bind(store),
    currentTime: currentTime?.bind(store),
    hasEndedWithoutSuccessor: hasEndedWithoutSuccessor?.bind(store),
    normalizeUserId: normalizeUserId?.bind(store),
    // Not wrapped: what happens in a transaction concerns the cache only after its commit.
    within: within?.bind(store),
    find: cache.read,
    async listByUser(userId, at) {
      const records = await store.listByUser(userId, at)
      for (const record of records) cache.observe(record)
      return records
    },
    purge: (endedBefore, limit) => store.purge(endedBefore, limit),
    // Pending sign-ins are never cached.
    addPendingSignIn: (addition) => store.addPendingSignIn(addition),
    findPendingSignIn: (pendingId) => store.findPendingSignIn(pendingId),
    countPendingSignInAttempt: (key, count) => store.countPendingSignInAttempt(key, count),
    removePendingSignIn: (key) => store.removePendingSignIn(key),
    endPendingSignIns: (userId, at) => store.endPendingSignIns(userId, at),
    purgePendingSignIns: (expiredBefore, limit) => store.purgePendingSignIns(expiredBefore, limit),
    replaceSecret: (id, replacement) => invalidateAfter(id, store.replaceSecret(id, replacement)),
    updateData: (id, update) => invalidateAfter(id, store.updateData(id, update)),
    end: (id, ending) => invalidateAfter(id, store.end(id, ending)),
    async insert(insertion) {
      const { record, replaces } = insertion
      try {
        const outcome = await invalidateAfter(replaces, store.insert(insertion))
        if (outcome.status === 'inserted') invalidateEnded(outcome.ended)
        return outcome
      } catch (error) {
        // The sessions that the cap may have ended are unknown.
        if (mayHaveApplied(error)) cache.invalidateUser(record.userId, null)
        throw error
      }
    },
    async endByUser(userId, ending, except) {
      try {
        const ended = await store.endByUser(userId, ending, except)
        // Also the sessions that another process has ended just before, which are not returned.
        cache.invalidateUser(userId, except)
        return ended
      } catch (error) {
        if (mayHaveApplied(error)) cache.invalidateUser(userId, except)
        throw error
      }
    },
    async endExpired(sweep) {
      const outcome = await store.endExpired(sweep)
      invalidateEnded(outcome.ended)
      return outcome
    },
    async touch(activities, precision) {
      const rejected = await store.touch(activities, precision)
      for (const { id, at } of activities) cache.update(id, (record) => withActivity(record, at))
      // The store has later activity for these, or they have ended.
      for (const id of rejected) cache.invalidate(id)
      return rejected
    },
  })
}

function withActivity(record: SessionRecord, at: number): SessionRecord {
  return at > record.lastActivityAt ? { ...record, lastActivityAt: at } : record
}

/** Whether the store may have applied a change that failed with this error. */
export function mayHaveApplied(error: unknown): boolean {
  return !isSessionError(error) || isStoreFailure(error)
}
