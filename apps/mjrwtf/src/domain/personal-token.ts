import type { Scope } from './scope.ts'
import { day, type Instant, type Milliseconds } from './time.ts'
import type { UserId } from './user.ts'

/** A personal access token as its user sees it. Contains no secret. */
export interface PersonalToken {
  /** Public handle: 16 random bytes in base64url. */
  readonly id: string
  readonly userId: UserId
  readonly name: string
  /** As chosen. `effectiveScopes` says what it may do now. */
  readonly scopes: readonly Scope[]
  /** CIDR ranges from which it is accepted. Empty for all. */
  readonly networks: readonly string[]
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** At most a minute behind. `null` if it was never used. */
  readonly lastUsedAt: Instant | null
  readonly lastUsedIpAddress: string | null
}

/** Per user, including expired ones that are still listed. */
export const maxPersonalTokens = 50

/** No token is valid for longer, so one that is not used for a year has always expired. */
export const maxTokenLifetime: Milliseconds = 365 * day

/** How long before its expiry the user is reminded. A token that is created for less than that has no reminder. */
export const tokenReminder: Milliseconds = 7 * day

/** How long an expired token is listed before it is deleted. */
export const expiredTokenRetention: Milliseconds = 30 * day

/** How far the recorded last use may be behind. */
export const tokenUsePrecision: Milliseconds = 60_000

/** What a token starts with, so that scanners of source code find it (RFC 8959 section 2). */
export const personalTokenPrefix = 'mjr_pat_'

/**
 * A token: the prefix, 43 characters with 256 random bits, and six with their checksum. Only A-Z, a-z and digits, so that a
 * double click selects it. Scanners search for this expression.
 */
export const personalTokenPattern = /^mjr_pat_[0-9A-Za-z]{49}$/

/** Characters that contain 256 bits. */
const secretLength = 43
const checksumLength = 6

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Creates the token of 32 random bytes. */
export function formatPersonalToken(bytes: Uint8Array): string {
  const start = personalTokenPrefix + toBase62(BigInt(`0x${hex(bytes)}`), secretLength)
  return start + checksumOf(start)
}

/** Whether the text may be a token that was created here: detects typing errors and cut texts without a lookup. */
export function hasTokenChecksum(text: string): boolean {
  if (!personalTokenPattern.test(text)) return false
  return checksumOf(text.slice(0, -checksumLength)) === text.slice(-checksumLength)
}

/** Covers the prefix too, so that a token of another kind is not one of this kind with another prefix. */
function checksumOf(text: string): string {
  return toBase62(BigInt(crc32(text)), checksumLength)
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function toBase62(value: bigint, length: number): string {
  let [rest, text] = [value, '']
  while (rest > 0n) {
    text = `${alphabet[Number(rest % 62n)]}${text}`
    rest /= 62n
  }
  return text.padStart(length, '0')
}

/** CRC-32 of ASCII text, as in zlib (RFC 1952 section 8). */
export function crc32(text: string): number {
  let crc = 0xffffffff
  for (const character of text) {
    crc ^= character.charCodeAt(0)
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** State of a token in a list. */
export type TokenState = 'active' | 'expires-soon' | 'expired'

export function tokenState({ expiresAt }: PersonalToken, now: Instant): TokenState {
  if (now >= expiresAt) return 'expired'
  return expiresAt - now <= tokenReminder ? 'expires-soon' : 'active'
}
