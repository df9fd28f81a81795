import { type ChangePassword, createChangePassword } from './change-password.ts'
import type { PasswordsDependencies } from './dependencies.ts'
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
  readonly requestReset: RequestPasswordReset
  readonly checkResetToken: CheckResetToken
  readonly reset: ResetPassword
}

export function createPasswords(dependencies: PasswordsDependencies): Passwords {
  return {
    change: createChangePassword(dependencies),
    requestReset: createRequestPasswordReset(dependencies),
    checkResetToken: createCheckResetToken(dependencies),
    reset: createResetPassword(dependencies),
  }
}
