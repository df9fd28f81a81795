import { hash, timingSafeEqual } from 'node:crypto'
import type { SecretHash, SessionRecord } from '../domain/session.ts'
import { type Instant, type Milliseconds, second } from '../domain/time.ts'
import type { Secret } from '../domain/token.ts'

/**
 * Hashes a secret for the store. The secret has 256 bits, so a plain hash cannot be
 * searched (ASVS 5.0 V11.4.1).
 */
export function hashSecret(secret: Secret): SecretHash {
  return hash('sha256', secret, 'buffer')
}

/** SHA-256 of a presented secret as text, a character for each byte: only to be compared. */
export type PresentedHash = string

/** As `hashSecret`. Text, for a buffer of its own costs more than the hash (decision 012). */
export function hashPresented(secret: string): PresentedHash {
  return hash('sha256', secret, 'latin1')
}

/** How a presented secret relates to a session. */
export type SecretMatch =
  | 'current'
  /** The one before the last rotation, still within its grace. */
  | 'previous'
  /** The same after its grace, so soon after the rotation that the request may have been under way. */
  | 'replaced'
  /** The same later: somebody kept it. */
  | 'reused'
  | 'wrong'

/** A second click, another tab, a slow line: how late a request with the old secret may come. */
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

const hashLength = 32

/** Where a presented hash is put to be compared; nothing is awaited in between. */
const compareBuffer = Buffer.alloc(hashLength)

function hashesEqual(stored: SecretHash, presented: PresentedHash): boolean {
  // timingSafeEqual throws on unequal lengths; a stored hash of another length matches nothing.
  if (stored.byteLength !== hashLength) return false
  compareBuffer.write(presented, 'latin1')
  return timingSafeEqual(stored, compareBuffer)
}
