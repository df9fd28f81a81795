import type { SecurityEvent, SecurityEventKind } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'

/** A security event that may be part of an anomaly. */
export interface DetectionInput {
  readonly event: SecurityEvent
  /** For a session whose client changed: its activity before the change. Not stored. */
  readonly lastActivityAt: Instant | null
}

/** Queues an input for anomaly detection. Returns immediately and never throws. */
export type DetectionSink = (input: DetectionInput) => void

/** Wrong passwords: at sign-in, step-up and password change. */
export const passwordFailureKinds = [
  'sign-in-failed',
  'step-up-failed',
  'password-change-failed',
] as const satisfies readonly SecurityEventKind[]

/** Each of these resets the count of consecutive failures. */
export const successKinds = [
  'session-created',
  'session-stepped-up',
  'password-changed',
  'password-reset',
] as const satisfies readonly SecurityEventKind[]

/** Wrong second factors of sign-ins whose first step was correct. */
export const factorFailureKinds = [
  'second-factor-failed',
] as const satisfies readonly SecurityEventKind[]

const inputKinds: ReadonlySet<SecurityEventKind> = new Set([
  'session-created',
  'ip-address-changed',
  ...passwordFailureKinds,
  ...factorFailureKinds,
])

export function isDetectedKind(kind: SecurityEventKind): boolean {
  return inputKinds.has(kind)
}
