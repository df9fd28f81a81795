import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/**
 * Holds something against sessions: they go on, and what is sensitive asks for the password first, unless it was given
 * after `at`. Rejects only when the store fails.
 */
export interface StepUp {
  require(sessionId: string, at: Instant): Promise<void>
  /** All that are live. */
  requireAll(userId: UserId, at: Instant): Promise<void>
}
