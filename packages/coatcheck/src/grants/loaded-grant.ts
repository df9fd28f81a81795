import type { AccessTokenRecord, Grant, GrantId, GrantRecord } from '../domain/grant.ts'
import { isSameHash, type SecretHash, type UserId } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { RecordKind } from '../sessions/cache/cached-record.ts'
import { matchesHash, type PresentedHash } from '../sessions/secret.ts'
import type { ActiveGrant } from './grants.ts'

/** A grant that was read from the store, with the results of verifying its access tokens. */
export interface LoadedGrant {
  readonly id: GrantId
  readonly userId: UserId
  readonly endedAt: Instant | null
  readonly record: GrantRecord
  /** Of the record, without secrets. */
  readonly grant: Grant
  readonly current: LoadedAccessToken
  readonly previous: LoadedAccessToken | null
}

export interface LoadedAccessToken {
  readonly secretHash: SecretHash
  readonly expiresAt: Instant
  /** What `verify` returns for it: derived once, because most verifications are answered by the cache. */
  readonly verification: ActiveGrant
}

export function loadGrant(record: GrantRecord): LoadedGrant {
  const grant = toGrant(record)
  const { id, userId, endedAt, accessToken, previousAccessToken } = record
  return {
    id,
    userId,
    endedAt,
    record,
    grant,
    current: loadAccessToken(grant, accessToken),
    previous: previousAccessToken && loadAccessToken(grant, previousAccessToken),
  }
}

/** The grant without secrets. Frozen: one object serves many callers. */
export function toGrant(record: GrantRecord): Grant {
  // Copied field by field, so that the hashes and the salt stay out.
  return Object.freeze({
    id: record.id,
    userId: record.userId,
    clientId: record.clientId,
    scopes: Object.freeze([...record.scopes]),
    authenticatedAt: record.authenticatedAt,
    createdAt: record.createdAt,
    expiresAt: record.expiresAt,
    lastRefreshedAt: record.lastRefreshedAt,
    idleTimeout: record.idleTimeout,
  })
}

function loadAccessToken(grant: Grant, token: AccessTokenRecord): LoadedAccessToken {
  // Not later than the grant, whose deadlines a refresh may have moved since.
  const expiresAt = Math.min(
    token.expiresAt,
    grant.expiresAt,
    grant.lastRefreshedAt + grant.idleTimeout,
  )
  const scopes = Object.freeze([...token.scopes])
  const verification = Object.freeze({ status: 'active', grant, scopes, expiresAt } as const)
  return { secretHash: token.secretHash, expiresAt, verification }
}

/** The access token with this secret, or `null`. Compares in constant time (ASVS 5.0 V11.2.4). */
export function findAccessToken(
  { current, previous }: LoadedGrant,
  secretHash: PresentedHash,
): LoadedAccessToken | null {
  if (matchesHash(current.secretHash, secretHash)) return current
  if (previous !== null && matchesHash(previous.secretHash, secretHash)) return previous
  return null
}

/** Grants as records of the verification cache. */
export const grantKind: RecordKind<LoadedGrant> = { isSameVersion, estimateSize }

function isSameVersion({ record: one }: LoadedGrant, { record: other }: LoadedGrant): boolean {
  if (one.endedAt !== null || other.endedAt !== null) return one.endedAt === other.endedAt
  return isSameHash(one.refreshSecretHash, other.refreshSecretHash)
}

/** Size of a grant after a refresh without its texts, as measured (decision 046). */
const baseGrantBytes = 3_000

/** Overestimates: most strings take one byte per character, not two. */
function estimateSize({ record }: LoadedGrant): number {
  const { userId, clientId, scopes, accessToken, previousAccessToken } = record
  const lists = [scopes, scopes, accessToken.scopes, previousAccessToken?.scopes ?? []]
  const names = lists.flat().reduce((sum, scope) => sum + scope.length + 8, 0)
  return baseGrantBytes + 2 * (userId.length + clientId.length + names)
}
