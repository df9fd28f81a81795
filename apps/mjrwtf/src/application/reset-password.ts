import { normalizePassword } from '../domain/password.ts'
import type { Busy, Invalid, Throttled } from '../domain/refusals.ts'
import type { UserId } from '../domain/user.ts'
import type { CheckNewPassword } from './check-new-password.ts'
import type { Clock } from './ports/clock.ts'
import type { MailedTokenRepository, TokenOwner } from './ports/mailed-token-repository.ts'
import type { OutdatedSessions } from './ports/outdated-sessions.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { Secrets } from './ports/secrets.ts'
import type { SendMail } from './ports/send-mail.ts'
import type { Throttle } from './throttle.ts'
import type { DeadToken, TokenTry, TryToken } from './try-token.ts'

/** What a reset link would do. Spends nothing: mail scanners follow links too. */
export type OpenResetLink = (token: TokenTry) => Promise<ResetLink>

export type ResetLink =
  | { readonly status: 'open'; readonly userId: UserId; readonly email: string }
  | DeadToken
  | Throttled

export interface ResetPasswordRequest extends TokenTry {
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
  | DeadToken
  | Throttled
  | Busy

/**
 * Puts a new password into force for whoever has the mailbox of an account, and signs nobody in (checklist CS-FP-4).
 * The one statement that spends the token is what decides; every session from before is over with it (decision 018).
 */
export type ResetPassword = (request: ResetPasswordRequest) => Promise<ResetPasswordResult>

export interface ResetPasswordPorts {
  readonly tryToken: TryToken
  readonly checkNewPassword: CheckNewPassword
  readonly mailedTokens: MailedTokenRepository
  readonly passwords: PasswordHasher
  readonly outdatedSessions: OutdatedSessions
  readonly throttle: Throttle
  readonly sendMail: SendMail
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

type OpenResetLinkPorts = Pick<ResetPasswordPorts, 'tryToken' | 'mailedTokens' | 'clock'>

export function createOpenResetLink(ports: OpenResetLinkPorts): OpenResetLink {
  const { tryToken, mailedTokens, clock } = ports
  return (request) =>
    tryToken(request, async (hash) => {
      const purpose = 'reset-password'
      const owner = await mailedTokens.find({ hash, purpose, now: clock.now() })
      return owner === null ? null : ({ status: 'open', ...owner } as const)
    })
}

export function createResetPassword(ports: ResetPasswordPorts): ResetPassword {
  const { mailedTokens, passwords, secrets, clock, sendMail } = ports
  const openResetLink = createOpenResetLink(ports)

  return async function resetPassword(request) {
    const link = await openResetLink(request)
    if (link.status !== 'open') return link
    const { password } = request
    const message = await ports.checkNewPassword({ password, email: link.email })
    if (message !== null) return { status: 'invalid', fields: [{ field: 'password', message }] }

    const hashed = await passwords.hash(normalizePassword(password))
    if (hashed.status === 'busy') return hashed
    const [hash, now] = [secrets.hash(request.token), clock.now()]
    const owner = await mailedTokens.resetPassword({ hash, now, to: hashed.hash })
    if (owner === null) return { status: 'dead' }
    sendMail(owner.email, { kind: 'password-reset', at: now })
    return cleanUp(owner)
  }

  /** The sessions are outdated by now, and the account's other tokens dead: this is seen to be so. */
  async function cleanUp({ userId, email }: TokenOwner): Promise<ResetPasswordResult> {
    // Each for itself: whom a hundred failures kept out is let in, also where the list of sessions cannot be written.
    const done = await Promise.allSettled([
      ports.outdatedSessions.endOthers(userId, null),
      ports.throttle.clear(ports.throttle.account(email)),
    ])
    const failed = done.find((each) => each.status === 'rejected')
    if (failed === undefined) return { status: 'reset', userId }
    return { status: 'reset-only', userId, error: failed.reason }
  }
}
