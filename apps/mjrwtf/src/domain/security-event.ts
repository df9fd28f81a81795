import { day, type Instant, type Milliseconds } from './time.ts'
import type { UserId } from './user.ts'

export type SecurityOutcome = 'success' | 'failure'

/** A filter of the security log. `failures` also covers the failures that have another topic. */
export type SecurityTopic = 'sign-ins' | 'failures' | 'sessions' | 'changes' | 'unusual' | 'account'

interface SecurityEventTraits {
  readonly outcome: SecurityOutcome
  readonly topic: SecurityTopic
  /** Whether the page asks the user to check that it was them. */
  readonly suspicious: boolean
}

/**
 * Every kind of security event. The name is stored, exported and written to the process log, so it never
 * changes once released. Session events have the names of the session library.
 */
const securityEventKinds = {
  'session-created': { outcome: 'success', topic: 'sign-ins', suspicious: false },
  'new-device': { outcome: 'success', topic: 'sign-ins', suspicious: false },
  'session-stepped-up': { outcome: 'success', topic: 'sign-ins', suspicious: false },
  'sign-in-failed': { outcome: 'failure', topic: 'failures', suspicious: false },
  'sign-in-blocked': { outcome: 'failure', topic: 'failures', suspicious: false },
  'step-up-failed': { outcome: 'failure', topic: 'failures', suspicious: false },
  'password-change-failed': { outcome: 'failure', topic: 'failures', suspicious: false },
  'session-revoked': { outcome: 'success', topic: 'sessions', suspicious: false },
  'session-expired': { outcome: 'success', topic: 'sessions', suspicious: false },
  'secret-reused': { outcome: 'failure', topic: 'sessions', suspicious: false },
  'ended-by-operator': { outcome: 'success', topic: 'sessions', suspicious: false },
  'ip-address-changed': { outcome: 'success', topic: 'changes', suspicious: false },
  'user-agent-changed': { outcome: 'success', topic: 'changes', suspicious: false },
  'concurrent-use': { outcome: 'success', topic: 'unusual', suspicious: true },
  'impossible-travel': { outcome: 'success', topic: 'unusual', suspicious: true },
  'many-failed-sign-ins': { outcome: 'success', topic: 'unusual', suspicious: true },
  'many-failed-second-factors': { outcome: 'success', topic: 'unusual', suspicious: true },
  'account-created': { outcome: 'success', topic: 'account', suspicious: false },
  'password-changed': { outcome: 'success', topic: 'account', suspicious: false },
  'password-reset-requested': { outcome: 'success', topic: 'account', suspicious: false },
  'password-reset': { outcome: 'success', topic: 'account', suspicious: false },
  'email-verified': { outcome: 'success', topic: 'account', suspicious: false },
  'email-change-requested': { outcome: 'success', topic: 'account', suspicious: false },
  'email-change-canceled': { outcome: 'success', topic: 'account', suspicious: false },
  'email-changed': { outcome: 'success', topic: 'account', suspicious: false },
  'data-exported': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-ended-sessions': { outcome: 'success', topic: 'account', suspicious: false },
  'second-factor-failed': { outcome: 'failure', topic: 'failures', suspicious: false },
  'recovery-code-used': { outcome: 'success', topic: 'unusual', suspicious: true },
  'passkey-suspended': { outcome: 'failure', topic: 'unusual', suspicious: true },
  'second-factor-added': { outcome: 'success', topic: 'account', suspicious: false },
  'second-factor-removed': { outcome: 'success', topic: 'account', suspicious: false },
  'second-factor-renamed': { outcome: 'success', topic: 'account', suspicious: false },
  'second-factors-removed': { outcome: 'success', topic: 'account', suspicious: true },
  'passkey-kept': { outcome: 'success', topic: 'account', suspicious: false },
  'recovery-codes-created': { outcome: 'success', topic: 'account', suspicious: false },
  'browser-trusted': { outcome: 'success', topic: 'changes', suspicious: false },
  'browser-trust-ended': { outcome: 'success', topic: 'changes', suspicious: false },
  'factor-removal-requested': { outcome: 'success', topic: 'account', suspicious: true },
  'factor-removal-canceled': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-requested-factor-removal': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-canceled-factor-removal': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-changed-user': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-changed-link': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-changed-invitation': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-changed-blocklist': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-closed-report': { outcome: 'success', topic: 'account', suspicious: false },
  'identity-linked': { outcome: 'success', topic: 'account', suspicious: false },
  'identity-unlinked': { outcome: 'success', topic: 'account', suspicious: false },
  'token-created': { outcome: 'success', topic: 'account', suspicious: false },
  'token-revoked': { outcome: 'success', topic: 'account', suspicious: false },
  'token-refused': { outcome: 'failure', topic: 'failures', suspicious: false },
  'grant-created': { outcome: 'success', topic: 'account', suspicious: false },
  'grant-revoked': { outcome: 'success', topic: 'account', suspicious: false },
  'grant-expired': { outcome: 'success', topic: 'account', suspicious: false },
  'refresh-token-reused': { outcome: 'failure', topic: 'unusual', suspicious: true },
  'client-registered': { outcome: 'success', topic: 'account', suspicious: false },
  'client-changed': { outcome: 'success', topic: 'account', suspicious: false },
  'client-removed': { outcome: 'success', topic: 'account', suspicious: false },
  'account-suspended': { outcome: 'success', topic: 'account', suspicious: false },
  'account-restored': { outcome: 'success', topic: 'account', suspicious: false },
  'operator-role-received': { outcome: 'success', topic: 'account', suspicious: true },
  'operator-role-withdrawn': { outcome: 'success', topic: 'account', suspicious: true },
  'reset-link-created': { outcome: 'success', topic: 'account', suspicious: true },
  'link-taken-down': { outcome: 'success', topic: 'account', suspicious: false },
  'link-restored': { outcome: 'success', topic: 'account', suspicious: false },
} as const satisfies Readonly<Record<string, SecurityEventTraits>>

export type SecurityEventKind = keyof typeof securityEventKinds

/** Events that are in the process log only, each with the reason why no user's security log has them. */
export const logOnlyEvents = {
  'account-deleted': 'the security log is deleted with the account',
  'set-up-failed': 'there is no account yet',
  'sign-up-failed': 'there is no account yet',
  'email-link-rejected': 'the user of an invalid token is unknown',
  'email-rejected': 'an anonymous visitor may have requested the email',
  'client-authentication-failed': 'a client application sent it, for no user',
  'shared-token-used': 'no user has a shared token',
  'provider-logout-rejected': 'the user of an invalid token is unknown',
  'limit-reached': 'a rate limit is no sign of an attack on the account',
  'session-rotated': 'routine: every step-up rotates the secret, and is recorded itself',
  'sign-in-pending': 'the session that follows is recorded, or the failed second step',
  'pending-sign-in-rejected': 'each failed second step is recorded',
  'step-up-required': 'the event that caused it is recorded',
  'token-rejected': 'the user of an invalid token is unknown',
  'unknown-tokens-throttled': 'the user of an invalid token is unknown',
  'csrf-refused': 'another site caused the request',
  'request-refused': 'another site caused the request, or a guard asked for a step-up',
  'provider-rejected': 'the callback may be of another visitor',
  'record-unreadable': 'the user of a corrupt record is unknown',
  'short-domain-added': 'it is about the instance; the line names the administrator',
  'short-domain-changed': 'it is about the instance; the line names the administrator',
  'short-domain-removed': 'it is about the instance; the line names the administrator',
  'revocation-channel-interrupted': 'it is about the server',
  'sweep-failed': 'it is about the server',
  'clock-skewed': 'it is about the server',
  'activity-lost': 'it is about the server',
  'store-failed': 'it is about the server',
  'audit-chain-started': 'it is about the server',
  'audit-chain-broken': 'it is about the server',
  'audit-events-adopted': 'it is about the server',
  'audit-head': 'it is about the server',
  'redirect-loop-prevented': 'it is about the server',
  'client-address-shared': 'it is about the server',
  'protection-missing': 'it is about the code',
} as const satisfies Readonly<Record<string, string>>

export type LogOnlyEvent = keyof typeof logOnlyEvents

/** One security event of an account. Contains no secret: a session id does not authenticate. */
export interface SecurityEvent {
  /** Unique, so that a batch can be written again after a lost response without duplicates. */
  readonly id: string
  readonly userId: UserId
  readonly at: Instant
  readonly kind: SecurityEventKind
  readonly outcome: SecurityOutcome
  readonly sessionId: string | null
  /** Of the client that caused the event; `null` if unknown. */
  readonly ipAddress: string | null
  readonly userAgent: string | null
  /** A stable identifier: the reason why a session ended, or the previous value of what changed. */
  readonly detail: string | null
}

/** The detail of an event that stands for `count` further ones of its kind within an hour. */
export function repeatedDetail(count: number): string {
  return `repeated ${count}`
}

/** Number of events that an event stands for, or `null` if it is a single one. No client causes the former. */
export function repeatedCount({
  sessionId,
  ipAddress,
  detail,
}: Pick<SecurityEvent, 'sessionId' | 'ipAddress' | 'detail'>): number | null {
  const [, count] = /^repeated (\d+)$/.exec(detail ?? '') ?? []
  return count === undefined || sessionId !== null || ipAddress !== null ? null : Number(count)
}

/** How long events are stored. */
export const securityEventRetention: Milliseconds = 365 * day

export function isSecurityEventKind(text: string): text is SecurityEventKind {
  return Object.hasOwn(securityEventKinds, text)
}

export function listSecurityEventKinds(): readonly SecurityEventKind[] {
  return Object.keys(securityEventKinds).filter(isSecurityEventKind)
}

export function outcomeOf(kind: SecurityEventKind): SecurityOutcome {
  return securityEventKinds[kind].outcome
}

export function isSuspicious(kind: SecurityEventKind): boolean {
  return securityEventKinds[kind].suspicious
}

export function isSecurityTopic(text: string): text is SecurityTopic {
  return Object.values(securityEventKinds).some(({ topic }) => topic === text)
}

/** The kinds that a filter shows. */
export function kindsOfTopic(topic: SecurityTopic): readonly SecurityEventKind[] {
  return listSecurityEventKinds().filter((kind) => {
    const traits = securityEventKinds[kind]
    return traits.topic === topic || (topic === 'failures' && traits.outcome === 'failure')
  })
}
