import { type TokenPurpose, tokenLifetimes } from '../../domain/email.ts'
import type { EmailRequest } from '../ports/email.ts'
import type { EmailDependencies } from './dependencies.ts'

/**
 * Sends requested emails in the background: creates the tokens and queues the emails. Rejects if the database fails. A
 * second call with the same batch skips what was sent.
 */
export type SendRequestedEmails = (requests: readonly EmailRequest[]) => Promise<void>

type SendRequestedEmailsDependencies = Pick<
  EmailDependencies,
  'emailTokens' | 'users' | 'secrets' | 'clock' | 'sendMail' | 'recordSecurityEvent'
>

type TokenRequest = Extract<EmailRequest, { kind: TokenPurpose }>
type ChangeRequest = Exclude<EmailRequest, TokenRequest>

export function createSendRequestedEmails(
  dependencies: SendRequestedEmailsDependencies,
): SendRequestedEmails {
  const { emailTokens, users, secrets, clock, sendMail, recordSecurityEvent } = dependencies
  const sent = new WeakSet<EmailRequest>()

  async function sendWithToken({ kind, email, requester }: TokenRequest): Promise<void> {
    const token = secrets.code()
    const createdAt = clock.now()
    const expiresAt = createdAt + tokenLifetimes[kind]
    const times = { createdAt, expiresAt }
    const tokenUser = await emailTokens.add({
      hash: secrets.hash(token),
      purpose: kind,
      email,
      ...times,
    })
    if (tokenUser === null) return
    // To the email of the account, not to the email as typed.
    sendMail(tokenUser.email, { kind, token, expiresAt })
    if (kind === 'reset-password') {
      recordSecurityEvent({
        userId: tokenUser.userId,
        kind: 'password-reset-requested',
        ...requester,
      })
    }
  }

  async function sendChangeEmails(request: ChangeRequest): Promise<void> {
    const { email, newEmail, confirmToken, cancelToken, expiresAt } = request
    // The user of another account with that email would receive a link that fails, so no email is sent to it.
    const existingUser = await users.findByEmail(newEmail)
    if (existingUser === null) {
      sendMail(newEmail, { kind: 'confirm-new-email', token: confirmToken, expiresAt })
    }
    sendMail(email, {
      kind: 'email-change-requested',
      newEmail,
      token: cancelToken,
      expiresAt,
    })
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
