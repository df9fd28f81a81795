import type { Throttled } from '../../../domain/results.ts'
import { retryText } from '../components/texts.ts'
import type { HttpContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { type Problem, retryAfterHeader } from './problem.tsx'

/** A rate limit that a request exceeded. */
export interface RateLimitHit {
  /** Its name in `docs/limits.md`. */
  readonly limit: string
  /** The user, for limits that are counted by user. */
  readonly userId: string | null
  readonly throttled: Throttled
  /** What exceeded the limit. The wait is appended. */
  readonly message: string
}

/** Logs the exceeded limit and returns the 429 that says when to try again. */
export function rateLimited(context: HttpContext, c: RequestContext, hit: RateLimitHit): Problem {
  const { limit, userId, throttled, message } = hit
  logSecurityEvent(context, c, { event: 'limit-reached', limit, userId })
  return {
    status: 429,
    code: 'too_many_requests',
    message: `${message} ${retryText(throttled.retryAfterSeconds)}`,
    headers: [retryAfterHeader(throttled.retryAfterSeconds)],
  }
}
