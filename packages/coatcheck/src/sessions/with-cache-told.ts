import { SessionError } from '../domain/errors.ts'
import type { SessionId } from '../domain/session.ts'
import type { EndedSession, SessionStore } from '../ports/session-store.ts'
import type { VerificationCache } from './verification-cache.ts'

/**
 * The store, and the cache told of whatever this process changes: by the time that a
 * change is answered, memory says nothing else, and nobody here waits for the channel. A
 * change that failed may have been made all the same, so its sessions are forgotten then
 * too, as far as they are known.
 */
export function withCacheTold(store: SessionStore, cache: VerificationCache): SessionStore {
  async function changing<Result>(id: SessionId | null, change: Promise<Result>): Promise<Result> {
    try {
      return await change
    } finally {
      if (id !== null) cache.forget(id)
    }
  }

  function forgetAll(ended: readonly EndedSession[]): void {
    for (const { id } of ended) cache.forget(id)
  }

  const { sweepBatch, claimSweep } = store

  return {
    ...(sweepBatch !== undefined && { sweepBatch }),
    ...(claimSweep !== undefined && { claimSweep: (claim) => claimSweep.call(store, claim) }),
    find: (id) => store.find(id),
    listByUser: (userId, at) => store.listByUser(userId, at),
    purge: (endedBefore, limit) => store.purge(endedBefore, limit),
    replaceSecret: (id, replacement) => changing(id, store.replaceSecret(id, replacement)),
    replaceData: (id, replacement) => changing(id, store.replaceData(id, replacement)),
    end: (id, how) => changing(id, store.end(id, how)),
    async insert(insertion) {
      const outcome = await changing(insertion.replaces, store.insert(insertion))
      if (outcome.status === 'inserted') forgetAll(outcome.ended)
      return outcome
    },
    async endByUser(userId, how, except) {
      try {
        const ended = await store.endByUser(userId, how, except)
        forgetAll(ended)
        return ended
      } catch (error) {
        // Which ones it may have been is not known.
        if (mayHaveChanged(error)) cache.forgetAll()
        throw error
      }
    },
    async endExpired(sweep) {
      const outcome = await store.endExpired(sweep)
      forgetAll(outcome.ended)
      return outcome
    },
    async touch(activities, precision) {
      const notMoved = await store.touch(activities, precision)
      cache.touched(activities)
      // What memory knows of these is behind the store, or beside it.
      for (const id of notMoved) cache.forget(id)
      return notMoved
    },
  }
}

/** Whether a change that was answered by this error may have been made all the same. */
function mayHaveChanged(error: unknown): boolean {
  return !(error instanceof SessionError) || error.code === 'store-unavailable'
}
