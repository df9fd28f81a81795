import { commonPasswordProblem } from './common-password.ts'

/** In code points (NIST SP 800-63B-4 section 3.1.1.2 requires at least 64). */
export const maxPasswordLength = 1_024

export interface PasswordRules {
  /** In code points. */
  readonly minLength: number
  /** Terms that are easy to guess here: the email of the account, the name of the service. */
  readonly context: readonly string[]
}

/** The form that is hashed and checked: NFC, otherwise unchanged: not trimmed, truncated or case-folded (ASVS 5.0 V6.2.8). */
export function normalizePassword(password: string): string {
  return password.normalize('NFC')
}

/** Whether the password exceeds the maximum length. Such passwords are never hashed. */
export function isPasswordTooLong(password: string): boolean {
  return codePoints(normalizePassword(password)) > maxPasswordLength
}

/**
 * Returns a message if a new password is not allowed, or `null`. Checks the length and guessability; there are no
 * composition rules (NIST SP 800-63B-4 section 3.1.1.2).
 */
export function passwordProblem(password: string, rules: PasswordRules): string | null {
  const normalized = normalizePassword(password)
  const length = codePoints(normalized)
  if (length < rules.minLength) return `Use at least ${rules.minLength} characters.`
  if (length > maxPasswordLength) return `Use at most ${maxPasswordLength} characters.`
  return commonPasswordProblem(normalized, rules.context)
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
