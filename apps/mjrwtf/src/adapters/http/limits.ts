import type { Throttled } from '../../domain/refusals.ts'
import { comeBackLater, type Problem } from './problem.tsx'
import { tellSecurityEvent } from './security-event.ts'
import type { AppContext, Site } from './site.ts'

/** A limit that somebody has reached. */
export interface ReachedLimit {
  /** Its name in `docs/limits.md`. */
  readonly limit: string
  /** Whose it is, where it is somebody's. */
  readonly userId: string | null
  readonly throttled: Throttled
  /** What was too much, for the person or the log of the program that meets it. */
  readonly message: string
}

/** Tells of a limit that was reached, and makes the 429 of it. */
export function limitReached(site: Site, c: AppContext, reached: ReachedLimit): Problem {
  const { limit, userId, throttled, message } = reached
  tellSecurityEvent(site, c, { event: 'limit-reached', limit, userId })
  return {
    status: 429,
    code: 'too_many_requests',
    message,
    headers: [comeBackLater(throttled.retryAfterSeconds)],
  }
}
