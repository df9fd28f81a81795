import type { MonotonicClock } from '../ports/system.ts'

/** Counts sessions, or returns `null` if that is not possible. */
export type CountSessions = () => Promise<number | null>

/** Minimum time between the starts of two counts, in ms. */
const minInterval = 60_000
/** Counts take at most one part of this many of the time, however large the table is. */
const share = 100

/**
 * Returns a function that returns the last count, at once, and starts the next count in the background if the last one
 * is old. `null` before the first count, and after one that failed: no number is better than an old one.
 */
export function createActiveSessions(clock: MonotonicClock, count: CountSessions) {
  let latest: number | null = null
  let nextAt = Number.NEGATIVE_INFINITY
  let isCounting = false

  async function refresh(): Promise<void> {
    isCounting = true
    const startedAt = clock.now()
    latest = await count().catch(() => null)
    const duration = clock.now() - startedAt
    nextAt = startedAt + Math.max(minInterval, share * duration)
    isCounting = false
  }

  return function read(): number | null {
    if (!isCounting && clock.now() >= nextAt) void refresh()
    return latest
  }
}
