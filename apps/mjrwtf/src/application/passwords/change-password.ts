import type { Clock } from 'coatcheck'
import { normalizePassword } from '../../domain/password.ts'
import type { Busy, Invalid, Throttled } from '../../domain/results.ts'
import type { TrustedDevice } from '../../domain/trusted-device.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { SendMail } from '../ports/email.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { StaleSessions } from '../ports/user-sessions.ts'
import type { VerifyPassword } from '../sign-in/verify-password.ts'
import type { ValidateNewPassword } from './validate-new-password.ts'

export interface ChangePasswordRequest {
  readonly user: User
  readonly currentPassword: string
  readonly newPassword: string
  readonly ipAddress: string | null
  readonly devices: readonly TrustedDevice[]
  /** The session that asks, which goes on. */
  readonly sessionId: string
  /**
   * Gives that session a new secret; `false` when it has ended, or has got one meanwhile. Asked once
   * all has been checked and nothing was changed.
   */
  readonly renewSession: () => Promise<boolean>
}

export type ChangePasswordResult =
  | { readonly status: 'changed' }
  /**
   * The password is changed, and what was signed in with the old one opens nothing any more. Only the
   * list of sessions says otherwise, until each of them is presented.
   */
  | { readonly status: 'changed-only'; readonly error: unknown }
  /** Not the current password. */
  | { readonly status: 'wrong'; readonly userId: UserId | null }
  | Invalid<'newPassword'>
  /** Something else has changed the password, or this session, at the same time. Nothing was changed here. */
  | { readonly status: 'conflict' }
  | Throttled
  | Busy

/**
 * Puts a new password into force, for somebody who knows the current one, and ends their other sessions.
 * The one statement that replaces the hash is what decides; whatever fails before it has changed nothing,
 * and whatever was signed in before is over with it (decision 015).
 */
export type ChangePassword = (request: ChangePasswordRequest) => Promise<ChangePasswordResult>

export interface ChangePasswordPorts {
  readonly verifyPassword: VerifyPassword
  readonly validateNewPassword: ValidateNewPassword
  readonly users: UserRepository
  readonly passwordHasher: PasswordHasher
  readonly staleSessions: Pick<StaleSessions, 'endOthers'>
  readonly sendMail: SendMail
  readonly notificationLimit: NotificationLimit
  readonly clock: Clock
}

export function createChangePassword(ports: ChangePasswordPorts): ChangePassword {
  const { verifyPassword, validateNewPassword, users, passwordHasher, staleSessions } = ports
  const { sendMail, notificationLimit, clock } = ports

  return async function changePassword(request) {
    const { user, currentPassword, newPassword, ipAddress, devices, sessionId } = request
    const credentials = { email: user.email, password: currentPassword, ipAddress, devices }
    const check = await verifyPassword(credentials)
    if (check.status !== 'match') return check
    // The address may have become somebody else's since the user was looked up.
    if (check.found.user.id !== user.id) return { status: 'wrong', userId: user.id }
    const message = await validateNewPassword({
      password: newPassword,
      email: user.email,
      current: currentPassword,
    })
    if (message !== null) return { status: 'invalid', fields: [{ field: 'newPassword', message }] }

    const hashed = await passwordHasher.hash(normalizePassword(newPassword))
    if (hashed.status === 'busy') return hashed
    const budget = await notificationLimit.budgetFor(user)
    if (!(await request.renewSession())) return { status: 'conflict' }
    const hashes = { from: check.found.passwordHash, to: hashed.hash }
    const changed = await users.changePassword({ userId: user.id, sessionId, ...hashes })
    if (!changed) return { status: 'conflict' }
    // Told in either case: from here on the password is another one (ASVS 5.0 V6.3.7).
    if (await notificationLimit.allows('password-changed', budget)) {
      sendMail(user.email, { kind: 'password-changed', at: clock.now() })
    }
    return endOtherSessions(request)
  }

  async function endOtherSessions({ user, sessionId }: ChangePasswordRequest) {
    try {
      await staleSessions.endOthers(user.id, sessionId)
      return { status: 'changed' } as const
    } catch (error) {
      return { status: 'changed-only', error } as const
    }
  }
}
