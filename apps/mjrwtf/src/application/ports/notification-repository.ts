import type { Instant, Milliseconds } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** A notification that is sent at most once per interval. */
export interface SentNotification {
  readonly userId: UserId
  /** Identifies the notification. */
  readonly subject: string
  /** The sender. It may claim the same notification again, because its first attempt may have failed halfway. */
  readonly sentBy: string
  readonly at: Instant
  /** How long no other sender can claim it. */
  readonly interval: Milliseconds
}

/** Decides which sender sends a notification. Rejects with `RepositoryError` only. */
export interface NotificationRepository {
  /**
   * Returns `true` if no other sender claimed the notification within `interval` before `at`. One statement: of parallel
   * calls by different senders exactly one returns `true`. Returns `false` if the user was deleted. A claim more than
   * `interval` after `at` is ignored, because the clock was set back.
   */
  claim(notification: SentNotification): Promise<boolean>
  /** Removes a batch of the claims made before that instant. Returns whether there may be more. */
  purgeBatch(before: Instant): Promise<boolean>
}
