import { hash, timingSafeEqual } from 'node:crypto'
import type { SecretHash, SessionRecord } from '../domain/session.ts'
import { type Instant, type Milliseconds, second } from '../domain/time.ts'

/**
 * Hashes a secret for the store. A fast hash suffices, because 256 random bits cannot be searched
 * (ASVS 5.0 V11.4.1).
 */
export function hashSecret(secret: string): SecretHash {
  return hash('sha256', secret, 'buffer')
}

/** SHA-256 of a presented secret as text, one character per byte. Only for comparison. */
export type PresentedHash = string

/** As `hashSecret`, but text: allocating a buffer costs more than the hash (decision 012). */
export function hashPresented(secret: string): PresentedHash {
  return hash('sha256', secret, 'latin1')
}

/** How a presented secret relates to a record. */
export type SecretMatch =
  | 'current'
  /** The one before the last rotation, within its grace period. */
  | 'previous'
  /** The same after its grace period, so soon that the request may have been in flight. */
  | 'replaced'
  /** The same later: a client has stored it. */
  | 'reused'
  | 'wrong'

/** How long after a rotation a request in flight may still arrive with the old secret. */
const maxInFlight: Milliseconds = 10 * second

/** Compares in constant time (ASVS 5.0 V11.2.4). */
export function matchSecret(
  record: SessionRecord,
  presented: PresentedHash,
  now: Instant,
): SecretMatch {
  if (hashesEqual(record.secretHash, presented)) return 'current'
  const { previousSecretHash, previousSecretExpiresAt } = record
  if (previousSecretHash === null || previousSecretExpiresAt === null) return 'wrong'
  if (!hashesEqual(previousSecretHash, presented)) return 'wrong'
  if (now < previousSecretExpiresAt) return 'previous'
  return record.rotatedAt !== null && now < record.rotatedAt + maxInFlight ? 'replaced' : 'reused'
}

/** Whether a presented secret is the one of which the hash was stored, in constant time. */
export function matchesHash(stored: SecretHash, presented: PresentedHash): boolean {
  return hashesEqual(stored, presented)
}

const hashLength = 32

/** Reused for every comparison, which is safe because the comparison is synchronous. */
const compareBuffer = Buffer.alloc(hashLength)

function hashesEqual(stored: SecretHash, presented: PresentedHash): boolean {
  // timingSafeEqual throws if the lengths differ. A stored hash of another length never matches.
  if (stored.byteLength !== hashLength) return false
  compareBuffer.write(presented, 'latin1')
  return timingSafeEqual(stored, compareBuffer)
}
