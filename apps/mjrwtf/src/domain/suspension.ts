import type { Instant } from './time.ts'

/** Why the operator suspended an account. The user receives it by email. */
export const suspensionReasons = ['abuse', 'compromised', 'requested', 'other'] as const

export type SuspensionReason = (typeof suspensionReasons)[number]

export interface Suspension {
  readonly at: Instant
  readonly reason: SuspensionReason
}

export function isSuspensionReason(text: string): text is SuspensionReason {
  return suspensionReasons.some((reason) => reason === text)
}

/** As stored. A reason of a newer release becomes `other`. */
export function readSuspensionReason(text: string | null): SuspensionReason {
  return text !== null && isSuspensionReason(text) ? text : 'other'
}
