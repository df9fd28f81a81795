import { mailboxKey } from '../../domain/email.ts'
import type { User } from '../../domain/user.ts'
import type { Email } from '../ports/email.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { GetEmailStatus } from './verification.ts'

/** Notifications that a signed-in user can cause repeatedly. */
export type NotificationKind =
  | Extract<
      Email['kind'],
      | 'new-device'
      | 'password-changed'
      | 'password-set'
      | 'email-changed'
      | 'account-deleted'
      | 'app-connected'
      | 'token-created'
    >
  // Each change has its own count, so that renaming a factor often does not hide its removal.
  | Email<'factor-changed'>['change']
  | Email<'identity-changed'>['change']

/** The counter that notifications to a user count towards. */
export interface NotificationBudget {
  readonly counterKey: string
}

/** Limits the notifications to a mailbox, so that they cannot flood it. */
export interface NotificationLimit {
  /** Call it before the operation that causes the notification. Rejects with `RepositoryError`. */
  budgetFor(user: Pick<User, 'id' | 'email'>): Promise<NotificationBudget>
  /**
   * Whether to send one more. Call it after the operation, so that a failed one does not count. Never rejects: if the
   * notification cannot be counted, it is sent.
   */
  allows(kind: NotificationKind, budget: NotificationBudget): Promise<boolean>
}

export interface NotificationLimitDependencies {
  readonly getEmailStatus: GetEmailStatus
  readonly limits: Pick<Limits, 'notification'>
}

/**
 * A verified email has its own counter, so that other accounts cannot use it up. An unverified one may belong to someone
 * else, so all accounts whose unverified emails lead to the same mailbox share one counter.
 */
export function createNotificationLimit(
  dependencies: NotificationLimitDependencies,
): NotificationLimit {
  const { getEmailStatus, limits } = dependencies
  return {
    async budgetFor({ id, email }) {
      const { verifiedAt } = await getEmailStatus(id)
      return { counterKey: verifiedAt === null ? mailboxKey(email) : id }
    },
    async allows(kind, { counterKey }) {
      try {
        return (await limits.notification(`${kind} ${counterKey}`)) === null
      } catch {
        return true
      }
    },
  }
}
