import { day, type Instant, type Milliseconds } from './time.ts'
import type { UserId } from './user.ts'

/** What happened, by a name that stays as it is: it is stored, filtered by and exported. */
export const securityEventKinds = [
  'signed-in',
  'new-device',
  'sign-in-failed',
  'sign-in-blocked',
  'stepped-up',
  'step-up-failed',
  'session-ended',
  'session-expired',
  'secret-reused',
  'ip-address-changed',
  'browser-changed',
  'concurrent-use',
  'impossible-travel',
  'many-failed-sign-ins',
  'account-created',
  'password-changed',
  'password-change-failed',
  'password-reset-requested',
  'password-reset',
  'email-verified',
  'email-change-requested',
  'email-change-canceled',
  'email-changed',
  'data-exported',
  'ended-by-operator',
  'operator-ended-sessions',
] as const

export type SecurityEventKind = (typeof securityEventKinds)[number]

export type SecurityOutcome = 'success' | 'failure'

/** One thing that happened to an account. Holds no secret: a session id is a handle that opens nothing. */
export interface SecurityEvent {
  /** Unique, so that a batch whose answer was lost can be written again without telling twice. */
  readonly id: string
  readonly userId: UserId
  readonly at: Instant
  readonly kind: SecurityEventKind
  readonly outcome: SecurityOutcome
  readonly sessionId: string | null
  /** Where it came from, as far as is known. */
  readonly ipAddress: string | null
  readonly userAgent: string | null
  /** More about it, by a stable name: why a session ended, or what was there before. */
  readonly detail: string | null
}

/** How long events are kept. */
export const securityEventRetention: Milliseconds = 365 * day

const failureKinds: ReadonlySet<SecurityEventKind> = new Set([
  'sign-in-failed',
  'sign-in-blocked',
  'step-up-failed',
  'secret-reused',
  'password-change-failed',
])

export function outcomeOf(kind: SecurityEventKind): SecurityOutcome {
  return failureKinds.has(kind) ? 'failure' : 'success'
}

const suspiciousKinds: ReadonlySet<SecurityEventKind> = new Set([
  'concurrent-use',
  'impossible-travel',
  'many-failed-sign-ins',
])

/** Whether the owner should ask themselves if that was them. */
export function isSuspicious(kind: SecurityEventKind): boolean {
  return suspiciousKinds.has(kind)
}

/** What a person may want to see of the log, each with its kinds. */
export const securityTopics = {
  'sign-ins': ['signed-in', 'new-device', 'stepped-up'],
  failures: [...failureKinds],
  sessions: ['session-ended', 'session-expired', 'secret-reused', 'ended-by-operator'],
  changes: ['ip-address-changed', 'browser-changed'],
  unusual: [...suspiciousKinds],
  account: [
    'account-created',
    'password-changed',
    'password-reset-requested',
    'password-reset',
    'email-verified',
    'email-change-requested',
    'email-change-canceled',
    'email-changed',
    'data-exported',
    'operator-ended-sessions',
  ],
} as const satisfies Readonly<Record<string, readonly SecurityEventKind[]>>

export type SecurityTopic = keyof typeof securityTopics

export function isSecurityTopic(text: string): text is SecurityTopic {
  return Object.hasOwn(securityTopics, text)
}
