import { SessionError } from '../../domain/errors.ts'
import type { SessionId } from '../../domain/session.ts'
import type { EndedSession, SessionStore } from '../../ports/session-store.ts'
import type { VerificationCache } from './verification-cache.ts'

/**
 * The store, and the cache told of whatever this process changes: by the time that a
 * change is answered, memory says nothing else, and nobody here waits for the channel. A
 * change that failed may have been made all the same, so its sessions are forgotten then
 * too, as far as they are known.
 */
export function withCacheInvalidation(store: SessionStore, cache: VerificationCache): SessionStore {
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

  const { sweepBatch, claimSweep } = store

  return {
    ...(sweepBatch !== undefined && { sweepBatch }),
    ...(claimSweep !== undefined && { claimSweep: (claim) => claimSweep.call(store, claim) }),
    find: (id) => store.find(id),
    listByUser: (userId, at) => store.listByUser(userId, at),
    purge: (endedBefore, limit) => store.purge(endedBefore, limit),
    replaceSecret: (id, replacement) => invalidateAfter(id, store.replaceSecret(id, replacement)),
    replaceData: (id, replacement) => invalidateAfter(id, store.replaceData(id, replacement)),
    end: (id, ending) => invalidateAfter(id, store.end(id, ending)),
    async insert(insertion) {
      const outcome = await invalidateAfter(insertion.replaces, store.insert(insertion))
      if (outcome.status === 'inserted') invalidateEnded(outcome.ended)
      return outcome
    },
    async endByUser(userId, ending, except) {
      try {
        const ended = await store.endByUser(userId, ending, except)
        invalidateEnded(ended)
        return ended
      } catch (error) {
        // Which ones it may have been is not known.
        if (mayHaveApplied(error)) cache.invalidateAll()
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
      cache.updateActivity(activities)
      // What memory knows of these is behind the store, or beside it.
      for (const id of rejected) cache.invalidate(id)
      return rejected
    },
  }
}

/** Whether a change that was answered by this error may have been made all the same. */
function mayHaveApplied(error: unknown): boolean {
  return !(error instanceof SessionError) || error.code === 'store-unavailable'
}
