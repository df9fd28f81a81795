import type { SecurityEvent, SecurityEventKind } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'

/** An event that may be part of something unusual. */
export interface DetectionInput {
  readonly event: SecurityEvent
  /** Of a session that changed its client: when it was last used before. Judged, and not kept. */
  readonly lastActivityAt: Instant | null
}

/** Takes sightings off the request's hands, to be judged later. Never waits, never throws. */
export type DetectionSink = (input: DetectionInput) => void

/** Wrong passwords, wherever they are asked for. */
export const passwordFailureKinds = [
  'sign-in-failed',
  'step-up-failed',
  'password-change-failed',
] as const satisfies readonly SecurityEventKind[]

/** After these what was wrong before counts no more. */
export const successKinds = [
  'session-created',
  'session-stepped-up',
  'password-changed',
  'password-reset',
] as const satisfies readonly SecurityEventKind[]

const inputKinds: ReadonlySet<SecurityEventKind> = new Set([
  'session-created',
  'ip-address-changed',
  ...passwordFailureKinds,
])

export function isDetectionInput(kind: SecurityEventKind): boolean {
  return inputKinds.has(kind)
}

const passwordFailureKindSet: ReadonlySet<SecurityEventKind> = new Set(passwordFailureKinds)

export function isPasswordFailure(kind: SecurityEventKind): boolean {
  return passwordFailureKindSet.has(kind)
}
