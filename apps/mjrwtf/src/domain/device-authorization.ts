import type { Scope } from './scope.ts'
import { type Instant, minute, second } from './time.ts'
import type { UserId } from './user.ts'

/** Eight characters of `userCodeAlphabet`, without a hyphen. Secret until it expires. */
export type UserCode = string

/** Consonants only, so that no code spells anything, and without digits, so that no two look alike (RFC 8628 section 6.1). */
const alphabet = 'BCDFGHJKLMNPQRSTVWXZ'

/** 20⁸ codes: 34.5 bits. */
const userCodeLength = 8

/** Longer text is rejected before it is evaluated. */
const maxTextLength = 40

export const deviceAuthorizationPolicy = {
  /** Of the device code and the user code. */
  lifetime: 10 * minute,
  /** Between two polls of the device, at first. */
  interval: 5 * second,
  /** By how much a poll that came too early extends the interval, for this and all later polls (RFC 8628 section 3.5). */
  slowDown: 5 * second,
} as const

/** `randomInt`: a random integer from 0 to below `max`. */
export function createUserCode(randomInt: (max: number) => number): UserCode {
  return Array.from({ length: userCodeLength }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** The code as it is shown: `WDJB-MJHT`. */
export function formatUserCode(code: UserCode): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/**
 * The code in a text as typed: in upper or lower case, with or without hyphens, dots and spaces. `null` if the text has
 * not the format of a code.
 */
export function parseUserCode(text: string): UserCode | null {
  if (text.length > maxTextLength) return null
  const code = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}._]/gu, '')
  return pattern.test(code) ? code : null
}

const pattern = new RegExp(`^[${alphabet}]{${userCodeLength}}$`)

/** A request of a device that waits for a decision, as the user sees it. */
export interface DeviceAuthorization {
  /** Names it in forms. Not a secret. */
  readonly id: string
  readonly clientId: string
  readonly scopes: readonly Scope[]
  /** Where the request came from. */
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** An authorization that a user has approved. */
export interface ApprovedDevice {
  readonly userId: UserId
  readonly scopes: readonly Scope[]
  /** When the user consented. */
  readonly authorizedAt: Instant
  /** When the user authenticated in the session in which they consented. */
  readonly authenticatedAt: Instant
  /** Of the user, when they consented. */
  readonly passwordVersion: number
  /** Of the device. */
  readonly ipAddress: string | null
  readonly userAgent: string | null
}
