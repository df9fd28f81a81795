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

/** Whether a name can be shown in a list: 1 to 64 characters after trimming, none of which is a control character. */
export function parseFactorName(text: string): string | null {
  const name = text.trim().normalize('NFC')
  const length = [...name].length
  return length >= 1 && length <= 64 && !/\p{Cc}/u.test(name) ? name : null
}
