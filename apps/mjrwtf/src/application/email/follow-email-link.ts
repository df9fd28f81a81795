import type { Clock } from 'coatcheck'
import type { Throttled } from '../../domain/results.ts'
import type { UserId } from '../../domain/user.ts'
import type { SendMail } from '../ports/email.ts'
import type { EmailChangeRepository } from '../ports/email-change-repository.ts'
import type { EmailTokenRepository } from '../ports/email-token-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { CheckEmailToken, InvalidToken, TokenAttempt } from './check-email-token.ts'

/** A link about an address that still works: what it does, for which account, and about which address. */
export interface EmailLink {
  readonly status: 'valid'
  readonly purpose: 'verify-email' | 'confirm-change' | 'cancel-change'
  readonly userId: UserId
  /** Of the account, as it is now. */
  readonly email: string
  /** What it is about: the account's own, or the new one. */
  readonly targetEmail: string
}

/** What a mailed link about an address would do. Changes nothing: mail scanners follow links too. */
export type FindEmailLink = (token: TokenAttempt) => Promise<EmailLink | InvalidToken | Throttled>

export interface FollowEmailLinkRequest extends TokenAttempt {
  /**
   * Gives a session of that user, if there is one at hand, a new secret, before something changes about the account
   * (checklist CS-SM-6).
   */
  readonly renewSession: (userId: UserId) => Promise<void>
}

export type FollowEmailLinkResult =
  | {
      readonly status: 'verified' | 'changed' | 'canceled'
      readonly userId: UserId
      readonly targetEmail: string
    }
  /** The new address belongs to another account by now. Nothing was changed. */
  | { readonly status: 'email-unavailable' }
  | InvalidToken
  | Throttled

/**
 * Does what a mailed link about an address is for, once. Signs nobody in: whoever reads the mailbox is asked for the
 * password like everybody else.
 */
export type FollowEmailLink = (link: FollowEmailLinkRequest) => Promise<FollowEmailLinkResult>

export interface FollowEmailLinkPorts {
  readonly checkEmailToken: CheckEmailToken
  readonly emailTokens: EmailTokenRepository
  readonly emailChanges: EmailChangeRepository
  readonly sendMail: SendMail
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

type FindEmailLinkPorts = Omit<FollowEmailLinkPorts, 'sendMail' | 'secrets'>

export function createFindEmailLink(ports: FindEmailLinkPorts): FindEmailLink {
  const { checkEmailToken, emailTokens, emailChanges, clock } = ports

  async function find(hash: string): Promise<EmailLink | null> {
    const now = clock.now()
    const tokenUser = await emailTokens.find({ hash, purpose: 'verify-email', now })
    if (tokenUser !== null) {
      return {
        status: 'valid',
        purpose: 'verify-email',
        ...tokenUser,
        targetEmail: tokenUser.email,
      }
    }
    const link = await emailChanges.findLink(hash, now)
    if (link === null) return null
    const { purpose, userId, email, newEmail } = link
    return { status: 'valid', purpose, userId, email, targetEmail: newEmail }
  }

  return (request) => checkEmailToken(request, find)
}

export function createFollowEmailLink(ports: FollowEmailLinkPorts): FollowEmailLink {
  const { emailTokens, emailChanges, sendMail, secrets, clock } = ports
  const findEmailLink = createFindEmailLink(ports)
  const invalidToken = { status: 'invalid-token' } as const

  type LinkHandler = (link: EmailLink, hash: string) => Promise<FollowEmailLinkResult>

  const handlers: Readonly<Record<EmailLink['purpose'], LinkHandler>> = {
    async 'verify-email'({ userId, targetEmail }, hash) {
      const tokenUser = await emailTokens.verifyEmail({ hash, now: clock.now() })
      return tokenUser === null ? invalidToken : { status: 'verified', userId, targetEmail }
    },
    async 'confirm-change'({ userId, email, targetEmail }, hash) {
      const now = clock.now()
      const confirmed = await emailChanges.confirmChange(hash, now)
      if (confirmed.status === 'email-unavailable') return confirmed
      if (confirmed.status === 'not-found') return invalidToken
      // What `email` was when the link was found: a change in between would have made the link worthless.
      sendMail(email, { kind: 'email-changed', newEmail: confirmed.email, at: now })
      return { status: 'changed', userId, targetEmail }
    },
    async 'cancel-change'({ userId, targetEmail }, hash) {
      const canceled = await emailChanges.cancelChange({ cancelHash: hash }, clock.now())
      return canceled === null ? invalidToken : { status: 'canceled', userId, targetEmail }
    },
  }

  return async function followEmailLink(request) {
    const link = await findEmailLink(request)
    if (link.status !== 'valid') return link
    await request.renewSession(link.userId)
    return handlers[link.purpose](link, secrets.hash(request.token))
  }
}
