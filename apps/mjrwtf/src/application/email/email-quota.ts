import { resetLinkIntervals } from '../../domain/email.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { EmailDependencies } from './dependencies.ts'
import type { GetEmailStatus } from './verification.ts'

/** A request over all attempts to send its emails, so that a retry after a failure counts nothing twice. */
export interface SendRequest {
  /** A retry claims the same place again. */
  readonly id: string
  /** Mailboxes for which the request has been counted. */
  readonly counted: Set<string>
}

/**
 * Decides whether a mailbox receives an email that was requested. Asked in the background, just before the email is sent,
 * so that a request that sends nothing is not counted, and no response depends on it. Rejects with `RepositoryError`.
 */
export interface EmailQuota {
  /**
   * Whether to send a reset link to the account. If not, a link that was sent before is valid for 30 minutes or more,
   * no matter who requested it. Only a mailbox that was never confirmed may have received none.
   */
  allowsResetLink(user: User, request: SendRequest): Promise<boolean>
  /** Whether to send an email to a mailbox that no account has confirmed. Counts it once per request. */
  allowsUnconfirmed(email: string, request: SendRequest): Promise<boolean>
}

export interface EmailQuotaDependencies
  extends Pick<EmailDependencies, 'notifications' | 'limits' | 'clock'> {
  readonly getEmailStatus: GetEmailStatus
}

export function createEmailQuota(dependencies: EmailQuotaDependencies): EmailQuota {
  const { notifications, limits, clock, getEmailStatus } = dependencies

  /** A change of password or email invalidates all links, so each version of the credentials has places of its own. */
  async function claimPlace(userId: UserId, request: SendRequest, version: number) {
    for (const [place, interval] of resetLinkIntervals.entries()) {
      const subject = `reset-link ${version} ${place}`
      const at = clock.now()
      const claim = { userId, subject, sentBy: request.id, at, interval }
      if (await notifications.claim(claim)) return true
    }
    return false
  }

  async function allowsUnconfirmed(email: string, { counted }: SendRequest): Promise<boolean> {
    if (counted.has(email)) return true
    if ((await limits.unconfirmedMailbox(email)) !== null) return false
    counted.add(email)
    return true
  }

  async function isExhausted(email: string, { counted }: SendRequest): Promise<boolean> {
    return !counted.has(email) && (await limits.checkUnconfirmedMailbox(email)) !== null
  }

  return {
    async allowsResetLink({ id, email }, request) {
      const { verifiedAt, credentialsVersion } = await getEmailStatus(id)
      const isConfirmed = verifiedAt !== null
      // Checked first, because a claimed place without an email would be lost for 30 minutes.
      if (!isConfirmed && (await isExhausted(email, request))) return false
      const isClaimed = await claimPlace(id, request, credentialsVersion)
      return isClaimed && (isConfirmed || (await allowsUnconfirmed(email, request)))
    },
    allowsUnconfirmed,
  }
}
