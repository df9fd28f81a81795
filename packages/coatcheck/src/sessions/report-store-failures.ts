import { isSessionError, isStoreFailure, type StoreFailureCode } from '../domain/errors.ts'
import type { EventSink } from '../domain/events.ts'
import { type Instant, type Milliseconds, minute } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { toSessionStore } from '../ports/session-store-members.ts'
import type { Clock } from '../ports/system.ts'

/** Between two events of one code: a failing store fails with every request. */
const reportInterval: Milliseconds = minute

export interface StoreFailureDependencies {
  readonly clock: Clock
  readonly report: EventSink
}

/**
 * Wraps the store, so that every failure is reported as `store-failed`, whatever caused the operation: a
 * guard, which only responds 503, or a flush, a sweep or a refresh of the cache in the background, which
 * only tries again. The first failure of a code is reported immediately.
 */
export function reportStoreFailures(
  store: SessionStore,
  dependencies: StoreFailureDependencies,
): SessionStore {
  return withReporter(store, createReporter(dependencies))
}

type ReportFailure = (operation: string, error: unknown) => void

function withReporter(store: SessionStore, reportFailure: ReportFailure): SessionStore {
  function reporting<Args extends unknown[], Result>(
    operation: string,
    method: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    const onFailure = (error: unknown) => reportFailure(operation, error)
    return (...args) => {
      const result = method.apply(store, args)
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

interface Reported {
  readonly at: Instant
  /** Failures since then. */
  suppressed: number
}

function createReporter({ clock, report }: StoreFailureDependencies): ReportFailure {
  const reported = new Map<StoreFailureCode, Reported>()

  return function reportFailure(operation: string, error: unknown): void {
    const failure = toFailure(error)
    if (failure === null) return
    const at = clock.now()
    const last = reported.get(failure.code)
    // A clock that was set back must not silence the reports.
    if (last !== undefined && Math.abs(at - last.at) < reportInterval) {
      last.suppressed += 1
      return
    }
    reported.set(failure.code, { at, suppressed: 0 })
    report({ type: 'store-failed', at, ...failure, operation, suppressed: last?.suppressed ?? 0 })
  }
}

/** What to report of an error, or `null` if the store works and the caller or the record is wrong. */
function toFailure(
  error: unknown,
): { readonly code: StoreFailureCode; readonly cause: string } | null {
  if (isStoreFailure(error) && error.code !== 'closed') {
    return { code: error.code, cause: error.message }
  }
  if (isSessionError(error)) return null
  // A store must reject with SessionError. The message of another error may contain parameters.
  const cause = 'The session store rejected with an error that is not a SessionError'
  return { code: 'store-unavailable', cause }
}
