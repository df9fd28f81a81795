import { invalidEmailMessage, parseEmail } from '../../domain/email.ts'
import { type KnownDevice, unexpiredDevices, withKnownDevice } from '../../domain/known-device.ts'
import { normalizePassword } from '../../domain/password.ts'
import type { Busy, Invalid, Throttled } from '../../domain/results.ts'
import type { UserId } from '../../domain/user.ts'
import type { InvalidToken, TokenAttempt } from '../email/check-email-token.ts'
import type { Requester } from '../ports/email.ts'
import type { ResetUser } from '../ports/email-token-repository.ts'
import type { PasswordsDependencies } from './dependencies.ts'

export interface PasswordResetRequest extends Requester {
  readonly email: string
  /** Devices of the browser, from its signed cookie. */
  readonly devices: readonly KnownDevice[]
}

export type RequestPasswordResetResult =
  /** If an account has that email, it receives a reset link, or has received one that works for 30 minutes or more. */
  { readonly status: 'requested'; readonly email: string } | Invalid<'email'> | Throttled

/**
 * Requests an email with a reset link. Does not query the account: the result and the response time are the same whether
 * it exists, is locked or has received many links (ASVS 5.0 V6.3.8; checklist CS-FP-1). Only the client is limited here,
 * so that no client can use up the links of an account (decision 018).
 */
export type RequestPasswordReset = (
  request: PasswordResetRequest,
) => Promise<RequestPasswordResetResult>

/** Returns what a reset link would do. Does not consume its token, because mail scanners follow links too. */
export type CheckResetToken = (token: TokenAttempt) => Promise<ResetLink>

export type ResetLink =
  | { readonly status: 'valid'; readonly userId: UserId; readonly email: string }
  | InvalidToken
  | Throttled

export interface ResetPasswordRequest extends TokenAttempt {
  readonly password: string
  /** Devices of the browser, from its signed cookie. */
  readonly devices: readonly KnownDevice[]
}

interface CompletedReset {
  readonly userId: UserId
  /**
   * Devices of the browser, which the account knows from now on: guesses from elsewhere cannot delay the
   * first sign-in with the new password.
   */
  readonly devices: readonly KnownDevice[]
}

export type ResetPasswordResult =
  | ({ readonly status: 'reset' } & CompletedReset)
  /**
   * The password was reset, and sessions from before no longer authenticate. But they could not be ended, so the list of
   * sessions shows them, or the counter of failed sign-ins could not be cleared.
   */
  | ({ readonly status: 'reset-only'; readonly error: unknown } & CompletedReset)
  /** The account had too many resets. The token is still valid. */
  | { readonly status: 'too-many-resets'; readonly retryAfterSeconds: number }
  /** The password is not allowed. The token is still valid. */
  | Invalid<'password'>
  | InvalidToken
  | Throttled
  | Busy

/**
 * Sets a new password for the user of a reset link, and does not sign the user in (checklist CS-FP-4). One statement
 * consumes the token and decides: after it every earlier session is invalid (decision 018).
 */
export type ResetPassword = (request: ResetPasswordRequest) => Promise<ResetPasswordResult>

export function createRequestPasswordReset({
  limits,
  requestEmail,
  clock,
}: Pick<PasswordsDependencies, 'limits' | 'requestEmail' | 'clock'>): RequestPasswordReset {
  return async function requestPasswordReset({ email: text, devices, ipAddress, userAgent }) {
    const email = parseEmail(text)
    if (email === null) {
      return { status: 'invalid', fields: [{ field: 'email', message: invalidEmailMessage }] }
    }
    const unexpired = unexpiredDevices(devices, clock.now())
    const throttled = await limits.resetRequest({ ipAddress, devices: unexpired })
    if (throttled !== null) return throttled
    requestEmail({ kind: 'reset-password', email, requester: { ipAddress, userAgent } })
    return { status: 'requested', email }
  }
}

type CheckResetTokenDependencies = Pick<
  PasswordsDependencies,
  'checkEmailToken' | 'emailTokens' | 'clock'
>

export function createCheckResetToken(dependencies: CheckResetTokenDependencies): CheckResetToken {
  const { checkEmailToken, emailTokens, clock } = dependencies
  return (request) =>
    checkEmailToken(request, async (hash) => {
      const purpose = 'reset-password'
      const tokenUser = await emailTokens.find({ hash, purpose, now: clock.now() })
      return tokenUser === null ? null : ({ status: 'valid', ...tokenUser } as const)
    })
}

type ResetPasswordDependencies = CheckResetTokenDependencies &
  Pick<
    PasswordsDependencies,
    | 'validateNewPassword'
    | 'passwordHasher'
    | 'staleSessions'
    | 'throttle'
    | 'limits'
    | 'sendMail'
    | 'secrets'
  >

export function createResetPassword(dependencies: ResetPasswordDependencies): ResetPassword {
  const { emailTokens, passwordHasher, secrets, clock, sendMail } = dependencies
  const { validateNewPassword, staleSessions, throttle, limits } = dependencies
  const checkResetToken = createCheckResetToken(dependencies)

  return async function resetPassword(request) {
    const link = await checkResetToken(request)
    if (link.status !== 'valid') return link
    const throttled = await limits.checkPasswordResets(link.userId)
    if (throttled !== null) return { ...throttled, status: 'too-many-resets' }
    const { password, ipAddress } = request
    const message = await validateNewPassword({ password, email: link.email })
    if (message !== null) return { status: 'invalid', fields: [{ field: 'password', message }] }

    const hashed = await passwordHasher.hash(normalizePassword(password), ipAddress)
    if (hashed.status === 'busy') return hashed
    const [hash, now] = [secrets.hash(request.token), clock.now()]
    const tokenUser = await emailTokens.resetPassword({ hash, now, passwordHash: hashed.hash })
    if (tokenUser === null) return { status: 'invalid-token' }
    sendMail(tokenUser.email, { kind: 'password-reset', at: now })
    return afterReset(tokenUser, request.devices)
  }

  /** Ends the sessions, which are invalid already, and unlocks the account. Each is tried even if the others fail. */
  async function afterReset(
    { userId, email, passwordVersion }: ResetUser,
    known: readonly KnownDevice[],
  ): Promise<ResetPasswordResult> {
    const id = secrets.id()
    const device = { userId, id, passwordVersion, hasSentFactor: false, knownAt: clock.now() }
    const devices = withKnownDevice(known, device)
    const results = await Promise.allSettled([
      staleSessions.endOthers(userId, null),
      limits.passwordReset(userId),
      throttle.clear(throttle.account(email)),
    ])
    const failed = results.find((each) => each.status === 'rejected')
    if (failed === undefined) return { status: 'reset', userId, devices }
    return { status: 'reset-only', userId, devices, error: failed.reason }
  }
}
