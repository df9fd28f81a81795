import { createWindows } from '../../application/shared/windows.ts'
import { hour, type Instant } from '../../domain/time.ts'

/** Client changes of one session that are recorded per hour. */
const maxPerHour = 20
/** Sessions that are counted at the same time. */
const maxTracked = 10_000

/** Whether another client change of a session is recorded. */
export type HourlyBudget = (sessionId: string, at: Instant) => boolean

/**
 * Limits the client changes in the security log, which keeps events for a year. A connection that flaps between two IP
 * addresses would fill it; further changes are in the process log only.
 */
export function createHourlyBudget(): HourlyBudget {
  const windows = createWindows({ length: hour, max: maxTracked, create: () => ({ changes: 0 }) })
  return function hasBudget(sessionId, at) {
    const window = windows.valueAt(sessionId, at)
    window.changes += 1
    return window.changes <= maxPerHour
  }
}
