import { storeTracer } from '../ports/diagnostics.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { toSessionStore } from '../ports/session-store-members.ts'
import {
  createFailureReporter,
  type FailureReporterDependencies,
  type ReportFailure,
} from './failure-reporter.ts'

/**
 * Wraps the store, so that every failure is reported as `store-failed`, whatever caused the operation: a
 * guard, which only responds 503, or a flush, a sweep or a refresh of the cache in the background, which
 * only tries again. The first failure of a code is reported immediately.
 */
export function reportStoreFailures(
  store: SessionStore,
  dependencies: FailureReporterDependencies,
): SessionStore {
  return withReporter(store, createFailureReporter(dependencies))
}

function withReporter(store: SessionStore, reportFailure: ReportFailure): SessionStore {
  function reporting<Args extends unknown[], Result>(
    operation: string,
    method: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    const onFailure = (error: unknown) => reportFailure(operation, error)
    return (...args) => {
      const run = () => method.apply(store, args)
      const span = { store: 'sessions', operation } as const
      const result = storeTracer.isObserved() ? storeTracer.trace(span, run) : run()
      // Beside the result, not before it: the caller waits no longer.
      result.then(undefined, onFailure)
      return result
    }
  }

  function reportingIfPresent<Args extends unknown[], Result>(
    operation: string,
    method: ((...args: Args) => Promise<Result>) | undefined,
  ): ((...args: Args) => Promise<Result>) | undefined {
    return method && reporting(operation, method)
  }

  const { within } = store
  return toSessionStore({
    sweepBatch: store.sweepBatch,
    claimSweep: reportingIfPresent('claimSweep', store.claimSweep),
    countUnended: reportingIfPresent('countUnended', store.countUnended),
    currentTime: reportingIfPresent('currentTime', store.currentTime),
    hasEndedWithoutSuccessor: reportingIfPresent(
      'hasEndedWithoutSuccessor',
      store.hasEndedWithoutSuccessor,
    ),
    normalizeUserId: reportingIfPresent('normalizeUserId', store.normalizeUserId),
    within:
      within && ((transaction) => withReporter(within.call(store, transaction), reportFailure)),
    insert: reporting('insert', store.insert),
    find: reporting('find', store.find),
    listByUser: reporting('listByUser', store.listByUser),
    replaceSecret: reporting('replaceSecret', store.replaceSecret),
    updateData: reporting('updateData', store.updateData),
    touch: reporting('touch', store.touch),
    end: reporting('end', store.end),
    endByUser: reporting('endByUser', store.endByUser),
    addPendingSignIn: reporting('addPendingSignIn', store.addPendingSignIn),
    findPendingSignIn: reporting('findPendingSignIn', store.findPendingSignIn),
    countPendingSignInAttempt: reporting(
      'countPendingSignInAttempt',
      store.countPendingSignInAttempt,
    ),
    removePendingSignIn: reporting('removePendingSignIn', store.removePendingSignIn),
    endPendingSignIns: reporting('endPendingSignIns', store.endPendingSignIns),
    purgePendingSignIns: reporting('purgePendingSignIns', store.purgePendingSignIns),
    endExpired: reporting('endExpired', store.endExpired),
    purge: reporting('purge', store.purge),
  })
}
