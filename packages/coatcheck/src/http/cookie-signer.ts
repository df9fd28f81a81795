import type { Instant } from '../domain/time.ts'
import { createKeyring, type Keyring } from './keyring.ts'

/** Signs what the app keeps in cookies of its own, each for its name and its time alone. */
export interface CookieSigner {
  /** The cookie value that holds a text until an instant. */
  encode(name: string, text: string, expiresAt: Instant): string
  /** The text, or `null` when the value is not ours, is of another cookie, or has expired. */
  decode(name: string, value: string, now: Instant): string | null
}

export function createCookieSigner(keys: readonly string[]): CookieSigner {
  // Names are the app's own words, so they are few.
  const keyrings = new Map<string, Keyring>()

  function keyringFor(name: string): Keyring {
    const keyring = keyrings.get(name) ?? createKeyring(keys, `cookie ${name}`)
    keyrings.set(name, keyring)
    return keyring
  }

  return {
    encode(name, text, expiresAt) {
      const encoded = Buffer.from(JSON.stringify([expiresAt, text])).toString('base64url')
      return `${encoded}.${keyringFor(name).sign(encoded)}`
    },
    decode(name, value, now) {
      const [encoded = '', signature = '', ...rest] = value.split('.', 3)
      if (rest.length > 0 || !keyringFor(name).verify(encoded, signature)) return null
      // Ours, by the signature: the shape needs no second look.
      const payload = JSON.parse(Buffer.from(encoded, 'base64url').toString()) as SignedPayload
      const [expiresAt, text] = payload
      return now < expiresAt ? text : null
    },
  }
}

type SignedPayload = readonly [expiresAt: Instant, text: string]
