import {
  type ChangePassword,
  createChangePassword,
  createSetFirstPassword,
  type SetFirstPassword,
} from './change-password.ts'
import type { PasswordsDependencies } from './dependencies.ts'
import { createReplacePassword } from './replace-password.ts'
import {
  type CheckResetToken,
  createCheckResetToken,
  createRequestPasswordReset,
  createResetPassword,
  type RequestPasswordReset,
  type ResetPassword,
} from './reset-password.ts'

/** Changes and resets passwords. */
export interface Passwords {
  readonly change: ChangePassword
  readonly setFirst: SetFirstPassword
  readonly requestReset: RequestPasswordReset
  readonly checkResetToken: CheckResetToken
  readonly reset: ResetPassword
}

export function createPasswords(dependencies: PasswordsDependencies): Passwords {
  const { verifyPassword } = dependencies
  const replacePassword = createReplacePassword(dependencies)
  return {
    change: createChangePassword({ verifyPassword, replacePassword }),
    setFirst: createSetFirstPassword({ replacePassword }),
    requestReset: createRequestPasswordReset(dependencies),
    checkResetToken: createCheckResetToken(dependencies),
    reset: createResetPassword(dependencies),
  }
}
