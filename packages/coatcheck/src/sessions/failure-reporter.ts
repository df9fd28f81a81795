import { isSessionError, isStoreFailure, type StoreFailureCode } from '../domain/errors.ts'
import type { SessionEvent } from '../domain/events.ts'
import { type Instant, type Milliseconds, minute } from '../domain/time.ts'
import type { Clock } from '../ports/system.ts'

/** Between two events of one code: a failing store fails with every request. */
const reportInterval: Milliseconds = minute

export interface FailureReporterDependencies {
  readonly clock: Clock
  readonly report: (event: Extract<SessionEvent, { readonly type: 'store-failed' }>) => void
}

/** Reports an error of an operation, unless the store works and the caller or the record is wrong. */
export type ReportFailure = (operation: string, error: unknown) => void

interface Reported {
  readonly at: Instant
  /** Failures since then. */
  suppressed: number
}

/** Creates a function that reports the failures of a store, the first of each code immediately. */
export function createFailureReporter({
  clock,
  report,
}: FailureReporterDependencies): ReportFailure {
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
  const cause = 'The store rejected with an error that is not a SessionError'
  return { code: 'store-unavailable', cause }
}
