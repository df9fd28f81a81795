import type { KnownDevice } from '../../domain/known-device.ts'
import type { UserId } from '../../domain/user.ts'
import type { VerifyPassword } from '../sign-in/authenticate.ts'
import type {
  NewPasswordRequest,
  ReplacePassword,
  ReplacePasswordResult,
} from './replace-password.ts'

export interface ChangePasswordRequest extends NewPasswordRequest {
  readonly currentPassword: string
  readonly devices: readonly KnownDevice[]
}

export type ChangePasswordResult =
  | ReplacePasswordResult
  /** The current password is wrong. */
  | { readonly status: 'wrong'; readonly userId: UserId | null }

/** Replaces the password of a user who knows the current one, as `ReplacePassword` does. */
export type ChangePassword = (request: ChangePasswordRequest) => Promise<ChangePasswordResult>

interface ChangePasswordDependencies {
  readonly verifyPassword: VerifyPassword
  readonly replacePassword: ReplacePassword
}

export function createChangePassword(dependencies: ChangePasswordDependencies): ChangePassword {
  const { verifyPassword, replacePassword } = dependencies
  return async function changePassword(request) {
    const { user, currentPassword, ipAddress, devices } = request
    const credentials = { email: user.email, password: currentPassword, ipAddress, devices }
    const check = await verifyPassword(credentials)
    // During this request. The session has ended, and the statement would refuse the change, too.
    if (check.status === 'suspended') return { status: 'wrong', userId: check.userId }
    if (check.status !== 'match') return check
    // The email may belong to another account by now.
    if (check.user.id !== user.id) return { status: 'wrong', userId: user.id }
    return replacePassword(request, { hash: check.passwordHash, text: currentPassword })
  }
}

/**
 * Sets the first password of a user who has none: the caller requires a recent authentication. Also ends the other
 * sessions: one that others may have started without a password must not outlive it. If the user has a password by now,
 * it is a conflict, which the statement decides.
 */
export type SetFirstPassword = (request: NewPasswordRequest) => Promise<ReplacePasswordResult>

export function createSetFirstPassword({
  replacePassword,
}: Pick<ChangePasswordDependencies, 'replacePassword'>): SetFirstPassword {
  return (request) => replacePassword(request, { hash: null, text: null })
}
