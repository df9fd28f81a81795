import { mailboxKey } from '../../domain/email.ts'
import type { User } from '../../domain/user.ts'
import type { Email } from '../ports/email.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { GetEmailStatus } from './get-email-status.ts'

/** Letters that tell an owner what was done, and that whoever is signed in can cause again and again. */
export type NotificationKind = Extract<
  Email['kind'],
  'new-device' | 'password-changed' | 'account-deleted'
>

/** Whom notices are counted for. */
export interface NotificationBudget {
  readonly counterKey: string
}

/** Bounds the notices to a mailbox, so that nobody can bury it under them. */
export interface NotificationLimit {
  /** To be asked before what the notice tells of. Rejects with `RepositoryError`. */
  budgetFor(user: User): Promise<NotificationBudget>
  /**
   * Whether one more is to be sent; to be asked once it is done, for what was only tried must not use them up. Never
   * rejects: where the count cannot be kept, the letter goes.
   */
  allows(kind: NotificationKind, budget: NotificationBudget): Promise<boolean>
}

export interface NotificationLimitPorts {
  readonly getEmailStatus: GetEmailStatus
  readonly limits: Pick<Limits, 'notification'>
}

/**
 * Each owner of an address that is confirmed has a count of their own, which nobody else can use up. An address that is
 * not may be a stranger's: all of them that lead to one mailbox count as one, whatever accounts were made with them.
 */
export function createNotificationLimit(ports: NotificationLimitPorts): NotificationLimit {
  const { getEmailStatus, limits } = ports
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
