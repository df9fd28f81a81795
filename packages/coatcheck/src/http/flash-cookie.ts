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
const largestValue = 3_800

export function createFlashCookie(keys: readonly string[]): FlashCookie {
  const keyring = createKeyring(keys, 'flash')

  function encode(flashes: readonly Flash[], now: Instant): string {
    const pairs = flashes.map(({ kind, message }) => [kind, message])
    const content = JSON.stringify([now + flashLifetime, pairs])
    const text = Buffer.from(content).toString('base64url')
    const value = `${text}.${keyring.sign(text)}`
    return value.length <= largestValue ? value : encode(flashes.slice(1), now)
  }

  return {
    encode,
    decode(value, now) {
      const [text = '', signature = '', ...rest] = value.split('.', 3)
      if (rest.length > 0 || !keyring.verify(text, signature)) return []
      // Ours, by the signature: the shape needs no second look.
      const content = JSON.parse(Buffer.from(text, 'base64url').toString()) as FlashContent
      const [expiresAt, pairs] = content
      if (now >= expiresAt) return []
      return pairs.map(([kind, message]) => ({ kind, message }))
    },
  }
}

type FlashContent = readonly [Instant, readonly (readonly [kind: string, message: string])[]]
