import { SessionError } from '../domain/errors.ts'
import type { EventSink, SessionEvent } from '../domain/events.ts'
import type { SessionId } from '../domain/session.ts'
import type { SessionStore } from '../ports/session-store.ts'
import type { ActivityRecorder } from './activity-recorder.ts'
import { type CacheInvalidation, withCacheInvalidation } from './cache/with-cache-invalidation.ts'
import type { SessionsContext } from './context.ts'
import { createUpdatePayload } from './payload-updates.ts'

/** Creates the use cases of sessions with a context. */
type CreateOperations<Data, Operations> = (context: SessionsContext<Data>) => Operations

/**
 * Creates `Sessions.transaction`. The use cases are the same; only their store, and when their effects on
 * this process take place, are others.
 */
export function createTransaction<Data, Operations>(
  context: SessionsContext<Data>,
  createOperations: CreateOperations<Data, Operations>,
) {
  return async function transaction<Result>(
    work: (within: (transaction: object) => Operations) => Promise<Result>,
  ): Promise<Result> {
    const events: SessionEvent[] = []
    const invalidations: (() => void)[] = []
    const report: EventSink = (event) => {
      if (statesChange(event)) events.push(event)
      else context.report(event)
    }
    const within = (open: object) => {
      const store = withDeferredInvalidation(context, openStore(context, open), invalidations)
      return createOperations(toTransactionContext(context, store, report))
    }
    try {
      const result = await work(within)
      for (const invalidate of invalidations) invalidate()
      events.forEach(context.report)
      return result
    } catch (error) {
      // It may have been committed: the answer to a COMMIT can be lost.
      for (const invalidate of invalidations) invalidate()
      throw error
    }
  }
}

function openStore<Data>({ store }: SessionsContext<Data>, transaction: object): SessionStore {
  if (store.within !== undefined) return store.within(transaction)
  throw new SessionError('invalid-argument', 'The session store does not support transactions')
}

/** Uncommitted records are neither read from the cache nor put into it. */
function withDeferredInvalidation<Data>(
  { cache }: SessionsContext<Data>,
  store: SessionStore,
  invalidations: (() => void)[],
): SessionStore {
  if (cache === null) return store
  const deferred: CacheInvalidation = {
    read: (id) => store.find(id),
    observe() {},
    update() {},
    invalidate: (id) => invalidations.push(() => cache.invalidate(id)),
    invalidateUser: (userId, except) =>
      invalidations.push(() => cache.invalidateUser(userId, except)),
  }
  return withCacheInvalidation(store, deferred)
}

function toTransactionContext<Data>(
  context: SessionsContext<Data>,
  store: SessionStore,
  report: EventSink,
): SessionsContext<Data> {
  const { codec, clock } = context
  const latestActivity = context.activity.latest
  return {
    ...context,
    store,
    report,
    activity: withinTransaction(context.activity, store),
    updatePayload: createUpdatePayload({ store, codec, clock, latestActivity }),
  }
}

/**
 * Writes the activity of the sessions that were looked up in the transaction, which may hold their locks:
 * the recorder would wait for them.
 */
function withinTransaction(recorder: ActivityRecorder, store: SessionStore): ActivityRecorder {
  const recorded = new Map<SessionId, number>()
  return {
    ...recorder,
    recordedAt(id) {
      const at = recorder.recordedAt(id)
      if (at !== null) recorded.set(id, at)
      return at
    },
    async flush() {
      await store.touch(
        Array.from(recorded, ([id, at]) => ({ id, at })),
        0,
      )
    },
  }
}

/** Events that would be false after a rollback. */
function statesChange({ type }: SessionEvent): boolean {
  return changes.includes(type)
}

const changes: readonly SessionEvent['type'][] = [
  'session-created',
  'session-rotated',
  'session-stepped-up',
  'session-revoked',
  'session-expired',
  'step-up-required',
  'sign-in-pending',
]
