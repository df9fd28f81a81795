import { commonPasswordProblem } from './common-password.ts'

/** Longest password, in code points (NIST SP 800-63B-4 section 3.1.1.2 asks for at least 64). */
export const maxPasswordLength = 1_024

export interface PasswordRules {
  /** In code points. */
  readonly minLength: number
  /** Words that anybody would guess here: the address of the account, the name of the service. */
  readonly context: readonly string[]
}

/**
 * The form in which a password is hashed and checked: NFC, and nothing else changed. No trim, no cut,
 * no case (ASVS 5.0 V6.2.8).
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFC')
}

/** Whether the password could be anybody's; a longer one is never hashed. */
export function isTooLong(password: string): boolean {
  // No string has more code points than code units, and NFC at most triples its length.
  return codePoints(normalizePassword(password)) > maxPasswordLength
}

/**
 * Why a new password cannot be used, in words, or `null` when it can. Asks for length and against
 * guessable ones; no rules on its composition (NIST SP 800-63B-4 section 3.1.1.2).
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
