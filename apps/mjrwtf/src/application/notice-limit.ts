import { mailboxKey } from '../domain/email.ts'
import type { User } from '../domain/user.ts'
import type { FindAddressStanding } from './find-address-standing.ts'
import type { Limits } from './limits.ts'
import type { Letter } from './ports/send-mail.ts'

/** Letters that tell an owner what was done, and that whoever is signed in can cause again and again. */
export type NoticeKind = Extract<
  Letter['kind'],
  'new-device' | 'password-changed' | 'account-deleted'
>

/** Whom notices are counted for. */
export interface Notified {
  readonly counted: string
}

/** Bounds the notices to a mailbox, so that nobody can bury it under them. */
export interface NoticeLimit {
  /** To be asked before what the notice tells of. Rejects with `RepositoryError`. */
  notified(user: User): Promise<Notified>
  /**
   * Whether one more is to be sent; to be asked once it is done, for what was only tried must not use them up. Never
   * rejects: where the count cannot be kept, the letter goes.
   */
  allows(kind: NoticeKind, notified: Notified): Promise<boolean>
}

export interface NoticeLimitPorts {
  readonly findAddressStanding: FindAddressStanding
  readonly limits: Pick<Limits, 'notice'>
}

/**
 * Each owner of an address that is confirmed has a count of their own, which nobody else can use up. An address that is
 * not may be a stranger's: all of them that lead to one mailbox count as one, whatever accounts were made with them.
 */
export function createNoticeLimit(ports: NoticeLimitPorts): NoticeLimit {
  const { findAddressStanding, limits } = ports
  return {
    async notified({ id, email }) {
      const { verifiedAt } = await findAddressStanding(id)
      return { counted: verifiedAt === null ? mailboxKey(email) : id }
    },
    async allows(kind, { counted }) {
      try {
        return (await limits.notice(`${kind} ${counted}`)) === null
      } catch {
        return true
      }
    },
  }
}
