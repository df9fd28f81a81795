import { hour, type Instant } from '../../domain/time.ts'

/** Changes of client that one session may put into the log within an hour. */
const mostPerHour = 20
/** Sessions whose changes are counted at once. */
const remembered = 10_000

/** Decides whether one more change of a session's client is written down. */
export type ChangeBudget = (sessionId: string, at: Instant) => boolean

/**
 * A line that flaps between two addresses must not fill a log that nothing is removed from: within an hour the
 * first changes of a session are told, and the rest are in the process log alone.
 */
export function createChangeBudget(): ChangeBudget {
  const counted = new Map<string, { readonly since: Instant; count: number }>()

  return function hasBudget(sessionId, at) {
    const known = counted.get(sessionId)
    const current = known !== undefined && at < known.since + hour ? known : { since: at, count: 0 }
    counted.delete(sessionId)
    counted.set(sessionId, current)
    forgetOldest()
    current.count += 1
    return current.count <= mostPerHour
  }

  function forgetOldest(): void {
    if (counted.size <= remembered) return
    const oldest = counted.keys().next()
    if (!oldest.done) counted.delete(oldest.value)
  }
}
