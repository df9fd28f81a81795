import type { Throttled } from '../../../domain/results.ts'
import type { HttpContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { type Problem, retryAfterHeader } from './problem.tsx'

/** A limit that somebody has reached. */
export interface RateLimitHit {
  /** Its name in `docs/limits.md`. */
  readonly limit: string
  /** Whose it is, where it is somebody's. */
  readonly userId: string | null
  readonly throttled: Throttled
  /** What was too much, for the person or the log of the program that meets it. */
  readonly message: string
}

/** Tells of a limit that was reached, and makes the 429 of it. */
export function rateLimited(context: HttpContext, c: RequestContext, hit: RateLimitHit): Problem {
  const { limit, userId, throttled, message } = hit
  logSecurityEvent(context, c, { event: 'limit-reached', limit, userId })
  return {
    status: 429,
    code: 'too_many_requests',
    message,
    headers: [retryAfterHeader(throttled.retryAfterSeconds)],
  }
}
