import type { Clock } from 'coatcheck'
import { normalizePassword } from '../../domain/password.ts'
import type { Busy, Invalid, Throttled } from '../../domain/results.ts'
import type { UserId } from '../../domain/user.ts'
import type { CheckEmailToken, InvalidToken, TokenAttempt } from '../email/check-email-token.ts'
import type { SendMail } from '../ports/email.ts'
import type { EmailTokenRepository, TokenUser } from '../ports/email-token-repository.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { StaleSessions } from '../ports/user-sessions.ts'
import type { Throttle } from '../sign-in/attempt-throttle.ts'
import type { ValidateNewPassword } from './validate-new-password.ts'

/** What a reset link would do. Spends nothing: mail scanners follow links too. */
export type CheckResetToken = (token: TokenAttempt) => Promise<ResetLink>

export type ResetLink =
  | { readonly status: 'valid'; readonly userId: UserId; readonly email: string }
  | InvalidToken
  | Throttled

export interface ResetPasswordRequest extends TokenAttempt {
  readonly password: string
}

export type ResetPasswordResult =
  | { readonly status: 'reset'; readonly userId: UserId }
  /**
   * The password is reset, and nothing that was signed in before does anything any more. But the list of sessions says
   * otherwise, or failed sign-ins are still held against the account.
   */
  | { readonly status: 'reset-only'; readonly userId: UserId; readonly error: unknown }
  /** The password cannot be used. The link still works. */
  | Invalid<'password'>
  | InvalidToken
  | Throttled
  | Busy

/**
 * Puts a new password into force for whoever has the mailbox of an account, and signs nobody in (checklist CS-FP-4).
 * The one statement that spends the token is what decides; every session from before is over with it (decision 018).
 */
export type ResetPassword = (request: ResetPasswordRequest) => Promise<ResetPasswordResult>

export interface ResetPasswordPorts {
  readonly checkEmailToken: CheckEmailToken
  readonly validateNewPassword: ValidateNewPassword
  readonly emailTokens: EmailTokenRepository
  readonly passwordHasher: PasswordHasher
  readonly staleSessions: Pick<StaleSessions, 'endOthers'>
  readonly throttle: Throttle
  readonly sendMail: SendMail
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

type CheckResetTokenPorts = Pick<ResetPasswordPorts, 'checkEmailToken' | 'emailTokens' | 'clock'>

export function createCheckResetToken(ports: CheckResetTokenPorts): CheckResetToken {
  const { checkEmailToken, emailTokens, clock } = ports
  return (request) =>
    checkEmailToken(request, async (hash) => {
      const purpose = 'reset-password'
      const tokenUser = await emailTokens.find({ hash, purpose, now: clock.now() })
      return tokenUser === null ? null : ({ status: 'valid', ...tokenUser } as const)
    })
}

export function createResetPassword(ports: ResetPasswordPorts): ResetPassword {
  const { emailTokens, passwordHasher, secrets, clock, sendMail } = ports
  const checkResetToken = createCheckResetToken(ports)

  return async function resetPassword(request) {
    const link = await checkResetToken(request)
    if (link.status !== 'valid') return link
    const { password } = request
    const message = await ports.validateNewPassword({ password, email: link.email })
    if (message !== null) return { status: 'invalid', fields: [{ field: 'password', message }] }

    const hashed = await passwordHasher.hash(normalizePassword(password))
    if (hashed.status === 'busy') return hashed
    const [hash, now] = [secrets.hash(request.token), clock.now()]
    const tokenUser = await emailTokens.resetPassword({ hash, now, passwordHash: hashed.hash })
    if (tokenUser === null) return { status: 'invalid-token' }
    sendMail(tokenUser.email, { kind: 'password-reset', at: now })
    return afterReset(tokenUser)
  }

  /** The sessions are outdated by now, and the account's other tokens dead: this is seen to be so. */
  async function afterReset({ userId, email }: TokenUser): Promise<ResetPasswordResult> {
    // Each for itself: whom a hundred failures kept out is let in, also where the list of sessions cannot be written.
    const results = await Promise.allSettled([
      ports.staleSessions.endOthers(userId, null),
      ports.throttle.clear(ports.throttle.account(email)),
    ])
    const failed = results.find((each) => each.status === 'rejected')
    if (failed === undefined) return { status: 'reset', userId }
    return { status: 'reset-only', userId, error: failed.reason }
  }
}
