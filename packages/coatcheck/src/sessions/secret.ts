import { hash, timingSafeEqual } from 'node:crypto'
import type { SecretHash, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { Secret } from '../domain/token.ts'

/** Hashes a secret for the store. The secret has 256 bits, so a plain hash cannot be searched (ASVS 5.0 V11.4.1). */
export function hashSecret(secret: Secret): SecretHash {
  return hash('sha256', secret, 'buffer')
}

/** How a presented secret relates to a session. */
export type SecretMatch =
  | 'current'
  /** The one before the last rotation, still within its grace. */
  | 'previous'
  /** The one before the last rotation, after its grace: somebody kept it. */
  | 'reused'
  | 'wrong'

/** Compares in constant time (ASVS 5.0 V11.2.4). */
export function matchSecret(
  record: SessionRecord,
  presented: SecretHash,
  now: Instant,
): SecretMatch {
  if (equal(record.secretHash, presented)) return 'current'
  const { previousSecretHash, previousSecretExpiresAt } = record
  if (previousSecretHash === null || previousSecretExpiresAt === null) return 'wrong'
  if (!equal(previousSecretHash, presented)) return 'wrong'
  return now < previousSecretExpiresAt ? 'previous' : 'reused'
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  // timingSafeEqual throws on unequal lengths; a stored hash of another length matches nothing.
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}
