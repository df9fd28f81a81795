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
  const windows = new Map<string, { readonly since: Instant; count: number }>()

  return function hasBudget(sessionId, at) {
    const existing = windows.get(sessionId)
    const current =
      existing !== undefined && at < existing.since + hour ? existing : { since: at, count: 0 }
    windows.delete(sessionId)
    windows.set(sessionId, current)
    evictOldest()
    current.count += 1
    return current.count <= maxPerHour
  }

  function evictOldest(): void {
    if (windows.size <= maxTracked) return
    const oldest = windows.keys().next()
    if (!oldest.done) windows.delete(oldest.value)
  }
}
