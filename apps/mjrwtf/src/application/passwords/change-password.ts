import type { KnownDevice } from '../../domain/known-device.ts'
import { normalizePassword } from '../../domain/password.ts'
import type { Busy, Invalid, Throttled } from '../../domain/results.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { NotificationBudget } from '../email/notification-limit.ts'
import type { PasswordsDependencies } from './dependencies.ts'

export interface ChangePasswordRequest {
  readonly user: User
  readonly currentPassword: string
  readonly newPassword: string
  readonly ipAddress: string | null
  readonly devices: readonly KnownDevice[]
  /** The session of the request, which stays active. */
  readonly sessionId: string
  /**
   * Rotates the secret of that session. Returns `false` if the session has ended or was rotated by another request.
   * Called after all checks, before anything changes.
   */
  readonly renewSession: () => Promise<boolean>
}

export type ChangePasswordResult =
  | { readonly status: 'changed' }
  /**
   * The password was changed, and sessions from before no longer authenticate. But they could not be ended, so the list
   * of sessions shows each of them until its token is presented.
   */
  | { readonly status: 'changed-only'; readonly error: unknown }
  /** The current password is wrong. */
  | { readonly status: 'wrong'; readonly userId: UserId | null }
  | Invalid<'newPassword'>
  /** A parallel request changed the password or this session. Nothing changed here. */
  | { readonly status: 'conflict' }
  | Throttled
  | Busy

/**
 * Replaces the password of a user who knows the current one, and ends the user's other sessions. One statement replaces
 * the hash and decides: a failure before it changes nothing, and after it every earlier session is invalid (decision
 * 015).
 */
export type ChangePassword = (request: ChangePasswordRequest) => Promise<ChangePasswordResult>

type ChangePasswordDependencies = Pick<
  PasswordsDependencies,
  | 'verifyPassword'
  | 'validateNewPassword'
  | 'users'
  | 'passwordHasher'
  | 'staleSessions'
  | 'limits'
  | 'sendMail'
  | 'notificationLimit'
  | 'clock'
>

export function createChangePassword(dependencies: ChangePasswordDependencies): ChangePassword {
  const { verifyPassword, validateNewPassword, users, passwordHasher, limits } = dependencies
  const { staleSessions, sendMail, notificationLimit, clock } = dependencies

  return async function changePassword(request) {
    const { user, currentPassword, newPassword, ipAddress, devices, sessionId } = request
    const credentials = { email: user.email, password: currentPassword, ipAddress, devices }
    const check = await verifyPassword(credentials)
    if (check.status !== 'match') return check
    // The email may belong to another account by now.
    if (check.user.id !== user.id) return { status: 'wrong', userId: user.id }
    const message = await validateNewPassword({
      password: newPassword,
      email: user.email,
      current: currentPassword,
    })
    if (message !== null) return { status: 'invalid', fields: [{ field: 'newPassword', message }] }

    const hashed = await passwordHasher.hash(normalizePassword(newPassword), ipAddress)
    if (hashed.status === 'busy') return hashed
    const throttled = await limits.checkPasswordChanges(user.id)
    if (throttled !== null) return throttled
    const budget = await notificationLimit.budgetFor(user)
    if (!(await request.renewSession())) return { status: 'conflict' }
    const hashes = { from: check.passwordHash, to: hashed.hash }
    const at = clock.now()
    const changed = await users.changePassword({ userId: user.id, sessionId, ...hashes, at })
    if (!changed) return { status: 'conflict' }
    // Before the sessions end, because the password has changed even if that fails (ASVS 5.0 V6.3.7).
    await countAndNotify(user, budget)
    return endOtherSessions(request)
  }

  /** Never rejects. */
  async function countAndNotify(user: User, budget: NotificationBudget): Promise<void> {
    await limits.passwordChange(user.id).catch(() => {})
    if (!(await notificationLimit.allows('password-changed', budget))) return
    sendMail(user.email, { kind: 'password-changed', at: clock.now() })
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
