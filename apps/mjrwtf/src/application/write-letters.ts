import { type TokenPurpose, tokenLifetimes } from '../domain/mailed-token.ts'
import type { Clock } from './ports/clock.ts'
import type { LetterRequest } from './ports/letter-requests.ts'
import type { MailedTokenRepository } from './ports/mailed-token-repository.ts'
import type { Secrets } from './ports/secrets.ts'
import type { SendMail } from './ports/send-mail.ts'
import type { UserRepository } from './ports/user-repository.ts'
import type { RecordSecurityEvent } from './record-security-event.ts'

/**
 * Writes the letters that were asked for, behind the requests: makes the tokens, and hands the letters over to be
 * sent. Rejects when the database fails; the same batch again then writes only what is left of it.
 */
export type WriteLetters = (requests: readonly LetterRequest[]) => Promise<void>

export interface WriteLettersPorts {
  readonly mailedTokens: Pick<MailedTokenRepository, 'add'>
  readonly users: Pick<UserRepository, 'findByEmail'>
  readonly secrets: Secrets
  readonly clock: Clock
  readonly sendMail: SendMail
  readonly recordSecurityEvent: RecordSecurityEvent
}

type TokenRequest = Extract<LetterRequest, { kind: TokenPurpose }>
type ChangeRequest = Exclude<LetterRequest, TokenRequest>

export function createWriteLetters(ports: WriteLettersPorts): WriteLetters {
  const { mailedTokens, users, secrets, clock, sendMail, recordSecurityEvent } = ports
  const written = new WeakSet<LetterRequest>()

  async function writeWithToken({ kind, email, from }: TokenRequest): Promise<void> {
    const token = secrets.code()
    const createdAt = clock.now()
    const expiresAt = createdAt + tokenLifetimes[kind]
    const times = { createdAt, expiresAt }
    const owner = await mailedTokens.add({
      hash: secrets.hash(token),
      purpose: kind,
      email,
      ...times,
    })
    if (owner === null) return
    // To the address that the account has, not to the one that was typed.
    sendMail(owner.email, { kind, token, expiresAt })
    if (kind === 'reset-password') {
      recordSecurityEvent({ userId: owner.userId, kind: 'password-reset-asked', ...from })
    }
  }

  async function writeAboutChange(request: ChangeRequest): Promise<void> {
    const { email, newEmail, confirmToken, cancelToken, expiresAt } = request
    // Whoever has the address already gets no link that would fail, and nobody learns of the account.
    const taken = await users.findByEmail(newEmail)
    if (taken === null) {
      sendMail(newEmail, { kind: 'confirm-new-address', token: confirmToken, expiresAt })
    }
    sendMail(email, {
      kind: 'address-change-asked',
      newAddress: newEmail,
      token: cancelToken,
      expiresAt,
    })
  }

  function write(request: LetterRequest): Promise<void> {
    return request.kind === 'change-address' ? writeAboutChange(request) : writeWithToken(request)
  }

  return async function writeLetters(requests) {
    for (const request of requests) {
      if (written.has(request)) continue
      await write(request)
      written.add(request)
    }
  }
}
