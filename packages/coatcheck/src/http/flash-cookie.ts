import type { Flash } from '../domain/flash.ts'
import { type Instant, minute } from '../domain/time.ts'
import { createKeyring } from './keyring.ts'

/** Carries flashes of anonymous visitors: signed, so that nobody puts words into our pages. */
export interface FlashCookie {
  /** The cookie value; where it would grow too large the oldest flashes are left out. */
  encode(flashes: readonly Flash[], now: Instant): string
  /** The flashes, or none when the value is not ours or has expired. */
  decode(value: string, now: Instant): readonly Flash[]
}

/** How long a flash waits for an anonymous visitor's next request. */
export const flashLifetime = 5 * minute

/** Leaves room for name and attributes below the 4096 bytes of a cookie. */
const maxValueBytes = 3_800

export function createFlashCookie(keys: readonly string[]): FlashCookie {
  const keyring = createKeyring(keys, 'flash')

  function encode(flashes: readonly Flash[], now: Instant): string {
    const pairs = flashes.map(({ kind, message }) => [kind, message])
    const json = JSON.stringify([now + flashLifetime, pairs])
    const encoded = Buffer.from(json).toString('base64url')
    const value = `${encoded}.${keyring.sign(encoded)}`
    return value.length <= maxValueBytes ? value : encode(flashes.slice(1), now)
  }

  return {
    encode,
    decode(value, now) {
      const [encoded = '', signature = '', ...rest] = value.split('.', 3)
      if (rest.length > 0 || !keyring.verify(encoded, signature)) return []
      // Ours, by the signature: the shape needs no second look.
      const payload = JSON.parse(Buffer.from(encoded, 'base64url').toString()) as FlashPayload
      const [expiresAt, pairs] = payload
      if (now >= expiresAt) return []
      return pairs.map(([kind, message]) => ({ kind, message }))
    },
  }
}

type FlashPayload = readonly [Instant, readonly (readonly [kind: string, message: string])[]]
