import { normalizePassword, passwordProblem } from '../../domain/password.ts'
import type { BreachedPasswords } from '../ports/passwords.ts'

/** Password rules from the configuration. */
export interface NewPasswordRules {
  /** In code points. */
  readonly passwordMinLength: number
}

export interface NewPassword {
  readonly password: string
  /**
   * Email of the account. `null` if the input is not an email: the request fails anyway, so the list of breached
   * passwords is not queried.
   */
  readonly email: string | null
  /** The password that it replaces, if the user entered it. */
  readonly current?: string
}

/**
 * Returns why a new password is not allowed, as a message for the user, or `null` if it is. Every way to set a password
 * uses this function. Sign-in does not: an existing password stays valid (ASVS 5.0 V6.2.10).
 */
export type ValidateNewPassword = (newPassword: NewPassword) => Promise<string | null>

export interface ValidateNewPasswordDependencies {
  readonly passwordRules: NewPasswordRules
  readonly breachedPasswords: BreachedPasswords
  /** Origins of this app. Their host names are easy to guess. */
  readonly ownOrigins: readonly string[]
}

export function createValidateNewPassword(
  dependencies: ValidateNewPasswordDependencies,
): ValidateNewPassword {
  const { passwordRules, breachedPasswords, ownOrigins } = dependencies
  const serviceNames = [...productNames, ...ownOrigins.map((origin) => new URL(origin).hostname)]
  return async function validateNewPassword(newPassword) {
    const problem = localProblem({ ...passwordRules, serviceNames }, newPassword)
    if (problem !== null || newPassword.email === null) return problem
    const isBreached = await breachedPasswords.includes(normalizePassword(newPassword.password))
    return isBreached ? breachedMessage : null
  }
}

const breachedMessage =
  'This password has appeared in a data breach and is easy to guess. Choose a different one.'

/** Documented in docs/authentication.md (V6.1.2). */
const productNames = ['mjr.wtf', 'mjrwtf']

interface LocalRules extends NewPasswordRules {
  readonly serviceNames: readonly string[]
}

/** The checks that need no query. */
function localProblem(
  { passwordMinLength: minLength, serviceNames }: LocalRules,
  { password, email, current }: NewPassword,
): string | null {
  const context = [...serviceNames, ...(email === null ? [] : [email])]
  const problem = passwordProblem(password, { minLength, context })
  if (problem !== null) return problem
  const isSame = current !== undefined && normalizePassword(password) === normalizePassword(current)
  return isSame ? 'Choose a password different from your current one.' : null
}
