import { type GrantRecord, grantExpiry } from '../domain/grant.ts'
import type { Instant } from '../domain/time.ts'
import { matchesHash } from '../sessions/secret.ts'
import type { PresentedRefreshToken } from './tokens.ts'

/** What a presented refresh token can turn out to be. */
export type RefreshJudgment =
  | 'current'
  /** Replaced by the last refresh, within its grace period. */
  | 'previous'
  /** Issued for this grant, and replaced: evidence of theft. */
  | 'outdated'
  /** Of a grant that has ended, whichever of its tokens. */
  | 'ended'
  /** Of a grant that is past a timeout, whichever of its tokens. */
  | 'expired'
  /** Not issued for this grant. */
  | 'unknown'

export interface JudgmentTimes {
  readonly now: Instant
  /** When the request began. Its own delay, for example while another refresh is written, is no evidence of theft. */
  readonly presentedAt: Instant
}

/** Decides what a refresh token is. Compares in constant time (ASVS 5.0 V11.2.4). */
export function judgeRefreshToken(
  record: GrantRecord,
  presented: PresentedRefreshToken,
  { now, presentedAt }: JudgmentTimes,
): RefreshJudgment {
  if (!matchesHash(record.familyHash, presented.familyHash)) return 'unknown'
  if (record.endedAt !== null) return 'ended'
  if (grantExpiry(record, now) !== null) return 'expired'
  if (matchesHash(record.refreshSecretHash, presented.secretHash)) return 'current'
  const { rotation } = record
  if (rotation === null || presentedAt >= rotation.graceExpiresAt) return 'outdated'
  return matchesHash(rotation.previousSecretHash, presented.secretHash) ? 'previous' : 'outdated'
}
