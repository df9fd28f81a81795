import type { SecurityEvent, SecurityEventKind } from '../domain/security-event.ts'
import type { Instant } from '../domain/time.ts'

/** An event that may be part of something unusual. */
export interface Sighting {
  readonly event: SecurityEvent
  /** Of a session that changed its client: when it was last used before. Judged, and not kept. */
  readonly lastActivityAt: Instant | null
}

/** Takes sightings off the request's hands, to be judged later. Never waits, never throws. */
export type SightingSink = (sighting: Sighting) => void

/** Wrong passwords, wherever they are asked for. */
export const wrongPasswords = [
  'sign-in-failed',
  'step-up-failed',
  'password-change-failed',
] as const satisfies readonly SecurityEventKind[]

/** After these what was wrong before counts no more. */
export const rightPasswords = [
  'signed-in',
  'stepped-up',
  'password-changed',
  'password-reset',
] as const satisfies readonly SecurityEventKind[]

const judged: ReadonlySet<SecurityEventKind> = new Set([
  'signed-in',
  'address-changed',
  ...wrongPasswords,
])

export function isJudged(kind: SecurityEventKind): boolean {
  return judged.has(kind)
}

const wrong: ReadonlySet<SecurityEventKind> = new Set(wrongPasswords)

export function isWrongPassword(kind: SecurityEventKind): boolean {
  return wrong.has(kind)
}
