import type { Instant, Milliseconds } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** Something that is told now and then, and not each time. */
export interface SentNotification {
  readonly userId: UserId
  /** What is told, by a name of its own. */
  readonly subject: string
  /** Who tells. The same may tell again: its first try may have failed half way. */
  readonly sentBy: string
  readonly at: Instant
  /** How long nobody else tells it again. */
  readonly interval: Milliseconds
}

/** Decides who tells something. Rejects with `RepositoryError` only. */
export interface NotificationRepository {
  /**
   * Whether `by` is to tell: nobody did within `interval` before `at`, or it was `by` itself. One statement: of any
   * number at once exactly one is told yes. `false` also where the user is gone.
   */
  claim(notification: SentNotification): Promise<boolean>
  /** Forgets what was told before. */
  purge(before: Instant): Promise<void>
}
