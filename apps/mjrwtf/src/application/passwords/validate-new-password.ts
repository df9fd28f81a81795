import { normalizePassword, passwordProblem } from '../../domain/password.ts'
import type { BreachedPasswords } from '../ports/passwords.ts'

/** What the config says about passwords. */
export interface NewPasswordRules {
  /** In code points. */
  readonly passwordMinLength: number
}

export interface NewPassword {
  readonly password: string
  /**
   * Address of the account it is for. `null` when what was typed is none: such a request is refused
   * whatever its password, so nothing outside is asked about it.
   */
  readonly email: string | null
  /** The password that it replaces, where that was typed too. */
  readonly current?: string
}

/**
 * Why a new password cannot be used, in words for the person who chose it, or `null` when it can. The one
 * place that decides this, for every way to set a password. Never asked at sign-in: a password that
 * is in force stays good (ASVS 5.0 V6.2.10).
 */
export type ValidateNewPassword = (newPassword: NewPassword) => Promise<string | null>

export interface ValidateNewPasswordPorts {
  readonly passwordRules: NewPasswordRules
  readonly breachedPasswords: BreachedPasswords
  /** Origins under which this app answers: their names are the first that anybody would think of. */
  readonly ownOrigins: readonly string[]
}

export function createValidateNewPassword(ports: ValidateNewPasswordPorts): ValidateNewPassword {
  const { passwordRules, breachedPasswords, ownOrigins } = ports
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

/** docs/authentication.md says so, for V6.1.2. */
const productNames = ['mjr.wtf', 'mjrwtf']

interface LocalRules extends NewPasswordRules {
  readonly serviceNames: readonly string[]
}

/** What can be told without asking anybody. */
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
