import { storeTracer } from '../ports/diagnostics.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import type { ReportFailure } from '../sessions/failure-reporter.ts'
import { type GrantStoreMembers, toGrantStore } from './store-members.ts'

/** Wraps the store, so that every failure is reported as `store-failed`, whatever caused the operation. */
export function reportGrantFailures(store: GrantStore, reportFailure: ReportFailure): GrantStore {
  function reporting<Args extends unknown[], Result>(
    operation: keyof GrantStoreMembers,
    method: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    const onFailure = (error: unknown) => reportFailure(operation, error)
    return (...args) => {
      const run = () => method.apply(store, args)
      const span = { store: 'grants', operation } as const
      const result = storeTracer.isObserved() ? storeTracer.trace(span, run) : run()
      // Beside the result, not before it: the caller waits no longer.
      result.then(undefined, onFailure)
      return result
    }
  }

  const { sweepBatch, normalizeUserId } = store
  return toGrantStore({
    sweepBatch,
    normalizeUserId: normalizeUserId && reporting('normalizeUserId', normalizeUserId),
    insert: reporting('insert', store.insert),
    find: reporting('find', store.find),
    listByUser: reporting('listByUser', store.listByUser),
    rotate: reporting('rotate', store.rotate),
    end: reporting('end', store.end),
    endByUser: reporting('endByUser', store.endByUser),
    endByClient: reporting('endByClient', store.endByClient),
    endExpired: reporting('endExpired', store.endExpired),
    purge: reporting('purge', store.purge),
  })
}
