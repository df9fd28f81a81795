import type { Instant } from './time.ts'

/** Why the operator took down a link. Visitors and the owner see it. */
export const takeDownReasons = ['phishing', 'malware', 'spam', 'illegal', 'legal', 'other'] as const

export type TakeDownReason = (typeof takeDownReasons)[number]

/** Since when a link answers 410, and why. Only the operator ends it. */
export interface TakeDown {
  readonly at: Instant
  readonly reason: TakeDownReason
}

export function isTakeDownReason(text: string): text is TakeDownReason {
  return takeDownReasons.some((reason) => reason === text)
}

/** As stored. A reason of a newer release becomes `other`. */
export function readTakeDownReason(text: string | null): TakeDownReason {
  return text !== null && isTakeDownReason(text) ? text : 'other'
}

/** The kind of reason, after "because of". */
export const takeDownTexts: Readonly<Record<TakeDownReason, string>> = {
  phishing: 'phishing',
  malware: 'malicious software',
  spam: 'spam',
  illegal: 'illegal content',
  legal: 'a legal request',
  other: 'a violation of the rules of this site',
}
