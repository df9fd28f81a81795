import { normalizePassword } from '../../domain/password.ts'
import { timeZoneOf } from '../../domain/preferences.ts'
import type { Busy, Invalid, Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { NotificationBudget } from '../email/notification-limit.ts'
import type { PasswordHash } from '../ports/passwords.ts'
import type { PasswordsDependencies } from './dependencies.ts'

export interface NewPasswordRequest {
  readonly user: User
  readonly newPassword: string
  readonly ipAddress: string | null
  /** The session of the request, which stays active. */
  readonly sessionId: string
  /**
   * Rotates the secret of that session. Returns `false` if the session has ended or was rotated by another request.
   * Called after all checks, before anything changes.
   */
  readonly renewSession: () => Promise<boolean>
}

export type ReplacePasswordResult =
  | { readonly status: 'changed' }
  /**
   * The password was changed, and sessions from before no longer authenticate. But they could not be ended, so the list
   * of sessions shows each of them until its token is presented.
   */
  | { readonly status: 'changed-only'; readonly error: unknown }
  | Invalid<'newPassword'>
  /** A parallel request changed the password or this session. Nothing changed here. */
  | { readonly status: 'conflict' }
  | Throttled
  | Busy

/** The password that is replaced. `hash` is `null` for a user without one. */
export interface ReplacedPassword {
  readonly hash: PasswordHash | null
  /** As the user has entered it. */
  readonly text: string | null
}

/**
 * Replaces a password, or sets the first, and ends the user's other sessions. One statement replaces the hash and decides:
 * a failure before it changes nothing, and after it every earlier session is invalid (decision 015).
 */
export type ReplacePassword = (
  request: NewPasswordRequest,
  replaced: ReplacedPassword,
) => Promise<ReplacePasswordResult>

export type ReplacePasswordDependencies = Pick<
  PasswordsDependencies,
  | 'validateNewPassword'
  | 'users'
  | 'passwordHasher'
  | 'staleSessions'
  | 'limits'
  | 'sendMail'
  | 'notificationLimit'
  | 'clock'
>

export function createReplacePassword(dependencies: ReplacePasswordDependencies): ReplacePassword {
  const { validateNewPassword, users, passwordHasher, limits } = dependencies
  const { staleSessions, sendMail, notificationLimit, clock } = dependencies

  return async function replacePassword(request, { hash: from, text }) {
    const { user, newPassword, ipAddress, sessionId } = request
    const message = await validateNewPassword({
      password: newPassword,
      email: user.email,
      ...(text !== null && { current: text }),
    })
    if (message !== null) return { status: 'invalid', fields: [{ field: 'newPassword', message }] }

    const hashed = await passwordHasher.hash(normalizePassword(newPassword), ipAddress)
    if (hashed.status === 'busy') return hashed
    const throttled = await limits.checkPasswordChanges(user.id)
    if (throttled !== null) return throttled
    const budget = await notificationLimit.budgetFor(user)
    if (!(await request.renewSession())) return { status: 'conflict' }
    const change = { userId: user.id, from, to: hashed.hash, sessionId, at: clock.now() }
    if (!(await users.changePassword(change))) return { status: 'conflict' }
    // Before the sessions end, because the password has changed even if that fails (ASVS 5.0 V6.3.7).
    await countAndNotify(user, budget, from === null ? 'password-set' : 'password-changed')
    return endOtherSessions(request)
  }

  /** Never rejects. */
  async function countAndNotify(
    user: User,
    budget: NotificationBudget,
    kind: 'password-set' | 'password-changed',
  ): Promise<void> {
    await limits.passwordChange(user.id).catch(() => {})
    if (!(await notificationLimit.allows(kind, budget))) return
    sendMail(user.email, { kind, at: clock.now() }, timeZoneOf(user))
  }

  async function endOtherSessions({ user, sessionId }: NewPasswordRequest) {
    try {
      await staleSessions.endOthers(user.id, sessionId)
      return { status: 'changed' } as const
    } catch (error) {
      return { status: 'changed-only', error } as const
    }
  }
}
