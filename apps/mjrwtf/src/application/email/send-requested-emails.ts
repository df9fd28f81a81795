import type { Clock } from 'coatcheck'
import { type TokenPurpose, tokenLifetimes } from '../../domain/email-token.ts'
import type { EmailRequest, SendMail } from '../ports/email.ts'
import type { EmailTokenRepository } from '../ports/email-token-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'

/**
 * Writes the letters that were asked for, behind the requests: makes the tokens, and hands the letters over to be
 * sent. Rejects when the database fails; the same batch again then writes only what is left of it.
 */
export type SendRequestedEmails = (requests: readonly EmailRequest[]) => Promise<void>

export interface SendRequestedEmailsPorts {
  readonly emailTokens: Pick<EmailTokenRepository, 'add'>
  readonly users: Pick<UserRepository, 'findByEmail'>
  readonly secrets: Secrets
  readonly clock: Clock
  readonly sendMail: SendMail
  readonly recordSecurityEvent: RecordSecurityEvent
}

type TokenRequest = Extract<EmailRequest, { kind: TokenPurpose }>
type ChangeRequest = Exclude<EmailRequest, TokenRequest>

export function createSendRequestedEmails(ports: SendRequestedEmailsPorts): SendRequestedEmails {
  const { emailTokens, users, secrets, clock, sendMail, recordSecurityEvent } = ports
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
    // To the address that the account has, not to the one that was typed.
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
    // Whoever has the address already gets no link that would fail, and nobody learns of the account.
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
