import { type TokenPurpose, tokenLifetimes } from '../../domain/email.ts'
import type { EmailRequest } from '../ports/email.ts'
import type { EmailDependencies } from './dependencies.ts'
import type { EmailQuota, SendRequest } from './email-quota.ts'
import type { GetEmailStatus } from './verification.ts'

/**
 * Sends requested emails in the background: creates the tokens and queues the emails. Rejects if the database fails. A
 * second call with the same batch skips what was sent.
 */
export type SendRequestedEmails = (requests: readonly EmailRequest[]) => Promise<void>

interface SendRequestedEmailsDependencies
  extends Pick<
    EmailDependencies,
    'emailTokens' | 'users' | 'secrets' | 'clock' | 'sendMail' | 'recordSecurityEvent'
  > {
  readonly getEmailStatus: GetEmailStatus
  readonly quota: EmailQuota
}

type TokenRequest = Extract<EmailRequest, { kind: TokenPurpose }>
type ChangeRequest = Exclude<EmailRequest, TokenRequest>

export function createSendRequestedEmails(
  dependencies: SendRequestedEmailsDependencies,
): SendRequestedEmails {
  const { emailTokens, users, secrets, clock, sendMail, recordSecurityEvent } = dependencies
  const { getEmailStatus, quota } = dependencies
  const sent = new WeakSet<EmailRequest>()
  const sendRequests = new WeakMap<EmailRequest, SendRequest>()

  /** The same for each attempt. */
  function sendRequestOf(request: EmailRequest): SendRequest {
    const sendRequest = sendRequests.get(request) ?? { id: secrets.id(), counted: new Set() }
    sendRequests.set(request, sendRequest)
    return sendRequest
  }

  async function isAllowed(request: TokenRequest): Promise<boolean> {
    const found = await users.findByEmail(request.email)
    if (found === null || found.isSuspended) return false
    const { user } = found
    const sendRequest = sendRequestOf(request)
    if (request.kind === 'reset-password') return quota.allowsResetLink(user, sendRequest)
    const { verifiedAt } = await getEmailStatus(user.id)
    return verifiedAt === null && quota.allowsUnconfirmed(user.email, sendRequest)
  }

  async function sendWithToken(request: TokenRequest): Promise<void> {
    if (!(await isAllowed(request))) return
    const { kind, email, requester } = request
    const token = secrets.code()
    const createdAt = clock.now()
    const expiresAt = createdAt + tokenLifetimes[kind]
    const newToken = { hash: secrets.hash(token), purpose: kind, email, createdAt, expiresAt }
    const tokenUser = await emailTokens.add({ ...newToken, verifiesEmail: true })
    if (tokenUser === null) return
    // To the email of the account, not to the email as typed.
    sendMail(tokenUser.email, { kind, token, expiresAt })
    if (kind !== 'reset-password') return
    const { userId } = tokenUser
    recordSecurityEvent({ userId, kind: 'password-reset-requested', ...requester })
  }

  async function sendChangeEmails(request: ChangeRequest): Promise<void> {
    const { userId, email, newEmail, confirmToken, cancelToken, expiresAt } = request
    // The user of another account with that email would receive a link that fails, so no email is sent to it.
    const existingUser = await users.findByEmail(newEmail)
    const isConfirmed = (await getEmailStatus(userId)).verifiedAt !== null
    const sendRequest = sendRequestOf(request)
    const sendsLink =
      existingUser === null && (await quota.allowsUnconfirmed(newEmail, sendRequest))
    const sendsNotification = isConfirmed || (await quota.allowsUnconfirmed(email, sendRequest))
    if (sendsLink) sendMail(newEmail, { kind: 'confirm-new-email', token: confirmToken, expiresAt })
    if (!sendsNotification) return
    sendMail(email, { kind: 'email-change-requested', newEmail, token: cancelToken, expiresAt })
  }

  function send(request: EmailRequest): Promise<void> {
    return request.kind === 'change-email' ? sendChangeEmails(request) : sendWithToken(request)
  }

  return async function sendRequestedEmails(requests) {
    for (const request of requests) {
      if (sent.has(request)) continue
      await send(request)
      sent.add(request)
    }
  }
}
