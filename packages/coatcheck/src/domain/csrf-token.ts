import { timingSafeEqual } from 'node:crypto'

/** Length of a CSRF secret and of the pad that masks it. */
export const csrfSecretBytes = 32

/** Pad and masked secret, 64 bytes, as base64url. */
const tokenPattern = /^[A-Za-z0-9_-]{86}$/

/**
 * Masks a CSRF secret with a new random pad, so that the secret differs in every response and
 * compression does not reveal it (BREACH).
 */
export function maskCsrfSecret(secret: Uint8Array, pad: Uint8Array): string {
  if (secret.length !== csrfSecretBytes || pad.length !== csrfSecretBytes) {
    throw new RangeError(`a CSRF secret and its pad have ${csrfSecretBytes} bytes each`)
  }
  return Buffer.concat([pad, xor(secret, pad)]).toString('base64url')
}

/** Whether a presented token was masked from this secret. A malformed token never matches. */
export function csrfTokenMatches(token: string, secret: Uint8Array): boolean {
  if (!tokenPattern.test(token)) return false
  const bytes = Buffer.from(token, 'base64url')
  const unmasked = xor(bytes.subarray(csrfSecretBytes), bytes.subarray(0, csrfSecretBytes))
  // timingSafeEqual throws on unequal lengths, and an empty secret must not match.
  return secret.length === csrfSecretBytes && timingSafeEqual(unmasked, secret)
}

function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, index) => byte ^ (right[index] ?? 0))
}
