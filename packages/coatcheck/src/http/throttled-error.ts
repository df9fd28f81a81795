import { SessionError } from '../domain/errors.ts'
import type { Milliseconds } from '../domain/time.ts'

/** Leads out of whatever asked for a session of which nothing may be looked up for now. */
export class ThrottledError extends SessionError {
  readonly retryAfter: Milliseconds

  constructor(retryAfter: Milliseconds) {
    super('throttled', 'too many unknown session tokens came from this address')
    this.retryAfter = retryAfter
  }
}
