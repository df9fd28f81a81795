import { day, type Instant, type Milliseconds } from './time.ts'
import type { UserId } from './user.ts'

/** What happened, by a name that stays as it is: it is stored, filtered by and exported. */
export const securityEventKinds = [
  'signed-in',
  'new-device',
  'sign-in-failed',
  'sign-in-refused',
  'stepped-up',
  'step-up-failed',
  'session-ended',
  'session-expired',
  'secret-reused',
  'address-changed',
  'browser-changed',
  'used-from-two-places',
  'impossible-travel',
  'many-failed-sign-ins',
  'account-created',
  'password-changed',
  'password-change-failed',
  'password-reset-asked',
  'password-reset',
  'email-verified',
  'email-change-asked',
  'email-change-called-off',
  'email-changed',
  'data-exported',
  'ended-by-administrator',
  'administrator-ended-sessions',
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

const failures: ReadonlySet<SecurityEventKind> = new Set([
  'sign-in-failed',
  'sign-in-refused',
  'step-up-failed',
  'secret-reused',
  'password-change-failed',
])

export function outcomeOf(kind: SecurityEventKind): SecurityOutcome {
  return failures.has(kind) ? 'failure' : 'success'
}

const warnings: ReadonlySet<SecurityEventKind> = new Set([
  'used-from-two-places',
  'impossible-travel',
  'many-failed-sign-ins',
])

/** Whether the owner should ask themselves if that was them. */
export function isUnusual(kind: SecurityEventKind): boolean {
  return warnings.has(kind)
}

/** What a person may want to see of the log, each with its kinds. */
export const securityTopics = {
  'sign-ins': ['signed-in', 'new-device', 'stepped-up'],
  failures: [...failures],
  sessions: ['session-ended', 'session-expired', 'secret-reused', 'ended-by-administrator'],
  changes: ['address-changed', 'browser-changed'],
  unusual: [...warnings],
  account: [
    'account-created',
    'password-changed',
    'password-reset-asked',
    'password-reset',
    'email-verified',
    'email-change-asked',
    'email-change-called-off',
    'email-changed',
    'data-exported',
    'administrator-ended-sessions',
  ],
} as const satisfies Readonly<Record<string, readonly SecurityEventKind[]>>

export type SecurityTopic = keyof typeof securityTopics

export function isSecurityTopic(text: string): text is SecurityTopic {
  return Object.hasOwn(securityTopics, text)
}
