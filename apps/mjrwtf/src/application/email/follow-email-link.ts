import type { Throttled } from '../../domain/results.ts'
import type { UserId } from '../../domain/user.ts'
import type { CheckEmailToken, InvalidToken, TokenAttempt } from './check-email-token.ts'
import type { EmailDependencies } from './dependencies.ts'
import type { NotificationLimit } from './notification-limit.ts'

/** A valid email link: its purpose, account and email. */
export interface EmailLink {
  readonly status: 'valid'
  readonly purpose: 'verify-email' | 'confirm-change' | 'cancel-change' | 'cancel-factor-removal'
  readonly userId: UserId
  /** The account's current email. */
  readonly email: string
  /** The email that the link is about: the current or the new one. */
  readonly targetEmail: string
}

/** Returns what an email link would do. Changes nothing, because mail scanners follow links too. */
export type FindEmailLink = (token: TokenAttempt) => Promise<EmailLink | InvalidToken | Throttled>

export interface FollowEmailLinkRequest extends TokenAttempt {
  /**
   * Rotates the secret of the request's session if it belongs to that user, before the account changes (checklist
   * CS-SM-6). Returns whether it does.
   */
  readonly renewSession: (userId: UserId) => Promise<boolean>
}

export type FollowEmailLinkResult =
  | {
      readonly status: 'verified' | 'changed' | 'canceled' | 'factor-removal-canceled'
      readonly userId: UserId
      readonly targetEmail: string
    }
  /** Another account has the new email by now. Nothing changed. */
  | { readonly status: 'email-unavailable' }
  | InvalidToken
  | Throttled

/** Carries out an email link, once. Does not sign the user in: access to the mailbox does not replace the password. */
export type FollowEmailLink = (link: FollowEmailLinkRequest) => Promise<FollowEmailLinkResult>

interface FindEmailLinkDependencies
  extends Pick<EmailDependencies, 'emailTokens' | 'emailChanges' | 'factorRemovals' | 'clock'> {
  readonly checkEmailToken: CheckEmailToken
}

interface FollowEmailLinkDependencies
  extends FindEmailLinkDependencies,
    Pick<EmailDependencies, 'sendMail' | 'secrets'> {
  readonly notificationLimit: NotificationLimit
}

export function createFindEmailLink(dependencies: FindEmailLinkDependencies): FindEmailLink {
  const { checkEmailToken, emailTokens, emailChanges, factorRemovals, clock } = dependencies

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
    if (link === null) return findRemoval(hash)
    const { purpose, userId, email, newEmail } = link
    return { status: 'valid', purpose, userId, email, targetEmail: newEmail }
  }

  async function findRemoval(hash: string): Promise<EmailLink | null> {
    const removal = await factorRemovals.findByLink(hash)
    if (removal === null) return null
    const { userId, email } = removal
    const purpose = 'cancel-factor-removal'
    return { status: 'valid', purpose, userId, email, targetEmail: email }
  }

  return (request) => checkEmailToken(request, find)
}

export function createFollowEmailLink(dependencies: FollowEmailLinkDependencies): FollowEmailLink {
  const { emailTokens, emailChanges, factorRemovals, sendMail, notificationLimit } = dependencies
  const { secrets, clock } = dependencies
  const findEmailLink = createFindEmailLink(dependencies)
  const invalidToken = { status: 'invalid-token' } as const

  type LinkHandler = (
    link: EmailLink & { readonly isSignedIn: boolean },
    hash: string,
  ) => Promise<FollowEmailLinkResult>

  const handlers: Readonly<Record<EmailLink['purpose'], LinkHandler>> = {
    async 'verify-email'({ userId, targetEmail, isSignedIn }, hash) {
      const tokenUser = await emailTokens.verifyEmail({ hash, now: clock.now(), isSignedIn })
      return tokenUser === null ? invalidToken : { status: 'verified', userId, targetEmail }
    },
    async 'confirm-change'({ userId, email, targetEmail }, hash) {
      const now = clock.now()
      const budget = await notificationLimit.budgetFor({ id: userId, email })
      const confirmed = await emailChanges.confirmChange(hash, now)
      if (confirmed.status === 'email-unavailable') return confirmed
      if (confirmed.status === 'not-found') return invalidToken
      // Still the replaced email: a change since the link was found would have invalidated the link.
      if (await notificationLimit.allows('email-changed', budget)) {
        sendMail(email, { kind: 'email-changed', newEmail: confirmed.email, at: now })
      }
      return { status: 'changed', userId, targetEmail }
    },
    async 'cancel-change'({ userId, targetEmail }, hash) {
      const canceled = await emailChanges.cancelChange({ cancelHash: hash }, clock.now())
      return canceled === null ? invalidToken : { status: 'canceled', userId, targetEmail }
    },
    async 'cancel-factor-removal'({ userId, targetEmail }, hash) {
      const canceled = await factorRemovals.cancel({ cancelHash: hash })
      if (canceled === null) return invalidToken
      sendMail(targetEmail, { kind: 'factor-removal-canceled', at: clock.now() })
      return { status: 'factor-removal-canceled', userId, targetEmail }
    },
  }

  return async function followEmailLink(request) {
    const link = await findEmailLink(request)
    if (link.status !== 'valid') return link
    const isSignedIn = await request.renewSession(link.userId)
    return handlers[link.purpose]({ ...link, isSignedIn }, secrets.hash(request.token))
  }
}
