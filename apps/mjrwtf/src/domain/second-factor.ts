import type { Invalid } from './results.ts'
import type { Instant } from './time.ts'

/** What counts as a second factor. Recovery codes replace one that was lost, so they do not. */
export type SecondFactorKind = 'passkey' | 'authenticator' | 'phone'

/** What the second step of a sign-in accepts. */
export type SecondStepMethod = SecondFactorKind | 'recovery-code' | 'password'

/** Identifies a second factor of a user. */
export interface SecondFactorReference {
  readonly kind: SecondFactorKind
  readonly id: string
}

/** A second factor as its user sees it. Contains no secret. */
export interface SecondFactor extends SecondFactorReference {
  /** Chosen by the user; of a phone, its number with only the last digits. */
  readonly name: string
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
}

/** The name in a text, if it can be shown in a list: 1 to 64 characters after trimming, and no control character. */
export function parseFactorName(text: string): string | null {
  const name = text.trim().normalize('NFC')
  const length = [...name].length
  return length >= 1 && length <= 64 && !/\p{Cc}/u.test(name) ? name : null
}

/** The result for a text that is no name. */
export const invalidFactorName: Invalid<'name'> = {
  status: 'invalid',
  fields: [{ field: 'name', message: 'Enter a name of 1 to 64 characters.' }],
}

/** A phone number with only its last four digits, for lists, emails and the security log. */
export function maskPhoneNumber(number: string): string {
  return `\u2022\u2022\u2022\u2022 ${number.slice(-4)}`
}

/** Why a second factor of a user cannot be removed, or `null` if it can. */
export type FactorRemovalRefusal = 'last-factor' | 'phone-would-remain' | 'last-sign-in-method'

/** What a user may not lose by the removal of a second factor. */
export interface FactorRemovalRules {
  /** Whether the user must keep at least one second factor. */
  readonly mustKeepOne: boolean
  /** Whether a phone may be the only second factor that remains. Not for administrators. */
  readonly mayKeepOnlyPhone: boolean
}

/** Decides whether a factor can be removed, given those that would remain and can be used. */
export function factorRemovalRefusal(
  remaining: readonly SecondFactorKind[],
  { mustKeepOne, mayKeepOnlyPhone }: FactorRemovalRules,
): FactorRemovalRefusal | null {
  if (remaining.length === 0) return mustKeepOne ? 'last-factor' : null
  const isOnlyPhone = remaining.every((kind) => kind === 'phone')
  return isOnlyPhone && !mayKeepOnlyPhone ? 'phone-would-remain' : null
}
