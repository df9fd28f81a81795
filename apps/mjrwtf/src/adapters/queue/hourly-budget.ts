import { hour, type Instant } from '../../domain/time.ts'

/** Changes of client that one session may put into the log within an hour. */
const maxPerHour = 20
/** Sessions whose changes are counted at once. */
const maxTracked = 10_000

/** Decides whether one more change of a session's client is written down. */
export type HourlyBudget = (sessionId: string, at: Instant) => boolean

/**
 * A line that flaps between two addresses must not fill a log that nothing is removed from: within an hour the
 * first changes of a session are told, and the rest are in the process log alone.
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
