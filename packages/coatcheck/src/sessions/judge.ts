import { type AssuranceLevel, assuranceLevelOf, latestUse } from '../domain/authentication.ts'
import type { Client } from '../domain/client.ts'
import { type EndReason, expiry, type SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { type ClientPolicy, type ClientRejection, checkClient } from './client-check.ts'
import { matchSecret, type PresentedHash } from './secret.ts'

/** Everything that a presented token can turn out to be. */
export type Judgment =
  | ({ readonly status: 'active'; readonly match: 'current' | 'previous' } & Matched)
  | ({ readonly status: 'client-rejected'; readonly reason: ClientRejection } & Matched)
  | ({
      readonly status: 'ended'
      readonly reason: EndReason
      readonly isCurrent: boolean
    } & Matched)
  /** The preset requires a higher level. The session is not ended. */
  | ({ readonly status: 'assurance-too-low' } & Matched)
  /** The secret was replaced so recently that the request may have been in flight. */
  | ({ readonly status: 'secret-replaced' } & Matched)
  /** The secret was replaced earlier: evidence of theft. */
  | ({ readonly status: 'secret-reused' } & Matched)
  | { readonly status: 'wrong-secret' | 'unknown' | 'unreadable' }

/** The secret is, or was, that of the record. */
interface Matched {
  readonly record: SessionRecord
  /** When the token was judged. */
  readonly at: Instant
}

/** What a judgment depends on besides the record and the secret. */
export interface JudgmentContext {
  /** The lowest level that is accepted. */
  readonly requiredLevel: AssuranceLevel
  /** `null` skips the client check. */
  readonly client: Client | null
  readonly policy: ClientPolicy
  readonly now: Instant
  /** The latest activity that this process has recorded. The record may lack it. */
  readonly recordedActivityAt: Instant | null
}

/**
 * Decides what a presented token is. The only place that does: the cache, the store, the limiter and
 * rotation all use this function.
 */
export function judge(
  record: SessionRecord | 'unreadable' | null,
  secretHash: PresentedHash,
  { client, policy, requiredLevel, now: at, recordedActivityAt }: JudgmentContext,
): Judgment {
  if (record === null) return { status: 'unknown' }
  if (record === 'unreadable') return { status: 'unreadable' }

  const match = matchSecret(record, secretHash, at)
  if (match === 'wrong') return { status: 'wrong-secret' }
  const lastActivityAt = Math.max(record.lastActivityAt, recordedActivityAt ?? 0)
  const endReason = endReasonOf(record, lastActivityAt, at)
  if (endReason !== null) {
    return { status: 'ended', reason: endReason, isCurrent: match === 'current', record, at }
  }
  if (match === 'reused') return { status: 'secret-reused', record, at }
  if (match === 'replaced') return { status: 'secret-replaced', record, at }

  const rejection = client === null ? null : checkClient(policy, record, client)
  if (rejection !== null) return { status: 'client-rejected', reason: rejection, record, at }
  const visible = match === 'previous' ? withoutStepUp(record) : record
  // Not `<`: a record of a store that returns no level must not pass.
  if (!(visible.assuranceLevel >= requiredLevel)) return { status: 'assurance-too-low', record, at }
  return { status: 'active', match, record: visible, at }
}

/**
 * The session as seen with the pre-rotation secret. Its holder has not made the step-up that replaced
 * it. The authentication before that is not stored, so the one at sign-in counts, or an earlier one elsewhere.
 */
function withoutStepUp(record: SessionRecord): SessionRecord {
  const { rotatedAt, authenticatedAt, createdAt, previousMethods: methods } = record
  const hasSteppedUpSince = rotatedAt !== null && authenticatedAt >= rotatedAt
  if (!hasSteppedUpSince) return record
  const assuranceLevel = assuranceLevelOf(methods)
  const earlier = Math.min(createdAt, latestUse(methods) ?? createdAt)
  return { ...record, authenticatedAt: earlier, methods, assuranceLevel }
}

/** Whether the token is that of an active session, from whatever client it comes. */
export function isSecretAccepted({ status }: Judgment): boolean {
  return status === 'active' || status === 'client-rejected'
}

/** Why the session has ended at `now`, or `null` if it is active. */
export function endReasonOf(
  { endReason, expiresAt, idleTimeout }: SessionRecord,
  lastActivityAt: Instant,
  now: Instant,
): EndReason | null {
  return endReason ?? expiry({ expiresAt, idleTimeout, lastActivityAt }, now)
}
