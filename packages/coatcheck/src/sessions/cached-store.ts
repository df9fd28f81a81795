import type { SessionId } from '../domain/session.ts'
import type { EndedSession, SessionStore } from '../ports/session-store.ts'
import type { VerificationCache } from './verification-cache.ts'

/**
 * The store, and the cache told of whatever this process changes: by the time that a change is answered, memory
 * says nothing else, and nobody here waits for the channel. A change that failed may have been made
 * all the same.
 */
export function withCacheTold(store: SessionStore, cache: VerificationCache): SessionStore {
  async function changing<Result>(id: SessionId, change: Promise<Result>): Promise<Result> {
    try {
      return await change
    } finally {
      cache.forget(id)
    }
  }

  async function ending<Result>(
    change: Promise<Result>,
    endedBy: (result: Result) => readonly EndedSession[],
  ): Promise<Result> {
    try {
      const result = await change
      for (const { id } of endedBy(result)) cache.forget(id)
      return result
    } catch (error) {
      // Which ones it may have been is not known.
      cache.forgetAll()
      throw error
    }
  }

  return {
    find: (id) => store.find(id),
    listByUser: (userId, at) => store.listByUser(userId, at),
    purge: (endedBefore, limit) => store.purge(endedBefore, limit),
    replaceSecret: (id, replacement) => changing(id, store.replaceSecret(id, replacement)),
    replaceData: (id, replacement) => changing(id, store.replaceData(id, replacement)),
    end: (id, how) => changing(id, store.end(id, how)),
    insert: (insertion) =>
      ending(store.insert(insertion), (outcome) =>
        outcome.status === 'inserted' ? outcome.ended : [],
      ),
    endByUser: (userId, how, except) =>
      ending(store.endByUser(userId, how, except), (ended) => ended),
    endExpired: (sweep) => ending(store.endExpired(sweep), ({ ended }) => ended),
    async touch(activities, precision) {
      await store.touch(activities, precision)
      cache.touched(activities)
    },
  }
}
