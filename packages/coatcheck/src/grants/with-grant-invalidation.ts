import type { GrantId } from '../domain/grant.ts'
import type { EndedGrant, GrantStore } from '../ports/grant-store.ts'
import type { VerificationCache } from '../sessions/cache/verification-cache.ts'
import { mayHaveApplied } from '../sessions/cache/with-cache-invalidation.ts'
import { type LoadedGrant, loadGrant } from './loaded-grant.ts'
import { toGrantStore } from './store-members.ts'

/** The part of the cache that depends on what the store returns. */
export type GrantInvalidation = Pick<
  VerificationCache<LoadedGrant>,
  'observe' | 'invalidate' | 'invalidateUser' | 'invalidateAll'
>

/**
 * Wraps the store, so that the cache never contradicts what this process has learned from it: every write invalidates its
 * grants before the caller gets the result, without waiting for the channel. A write that failed may have been applied,
 * so it invalidates its grants too, as far as they are known.
 */
export function withGrantInvalidation(store: GrantStore, cache: GrantInvalidation): GrantStore {
  async function invalidateAfter<Result>(id: GrantId, change: Promise<Result>): Promise<Result> {
    try {
      return await change
    } finally {
      cache.invalidate(id)
    }
  }

  async function invalidateUserOnFailure<Result>(
    userId: string,
    change: Promise<Result>,
  ): Promise<Result> {
    try {
      return await change
    } catch (error) {
      // The grants that it may have ended are unknown.
      if (mayHaveApplied(error)) cache.invalidateUser(userId, null)
      throw error
    }
  }

  function invalidateEnded(ended: readonly EndedGrant[]): void {
    for (const { id } of ended) cache.invalidate(id)
  }

  return toGrantStore({
    sweepBatch: store.sweepBatch,
    normalizeUserId: store.normalizeUserId?.bind(store),
    // The use cases read through the cache, which compares what it reads with what it holds.
    find: (id) => store.find(id),
    purge: (endedBefore, limit) => store.purge(endedBefore, limit),
    rotate: (id, rotation) => invalidateAfter(id, store.rotate(id, rotation)),
    end: (id, ending) => invalidateAfter(id, store.end(id, ending)),
    async listByUser(userId, at) {
      const records = await store.listByUser(userId, at)
      for (const record of records) cache.observe(loadGrant(record))
      return records
    },
    async insert(insertion) {
      const { userId } = insertion.record
      const outcome = await invalidateUserOnFailure(userId, store.insert(insertion))
      if (outcome.status === 'inserted') invalidateEnded(outcome.ended)
      return outcome
    },
    async endByUser(userId, ending) {
      const ended = await invalidateUserOnFailure(userId, store.endByUser(userId, ending))
      // Also the grants that another process has ended just before, which are not returned.
      cache.invalidateUser(userId, null)
      return ended
    },
    async endByClient(clientId, ending, limit) {
      try {
        return await store.endByClient(clientId, ending, limit)
      } finally {
        // Also the grants that another process has ended just before, which are not returned. The cache does not know the
        // clients of what is being read, and a client is removed rarely.
        cache.invalidateAll()
      }
    },
    async endExpired(sweep) {
      const outcome = await store.endExpired(sweep)
      invalidateEnded(outcome.ended)
      return outcome
    },
  })
}
