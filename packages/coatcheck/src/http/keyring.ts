import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { SessionError } from '../domain/errors.ts'

/** Signs text for one purpose. A signature for one purpose is none for another. */
export interface Keyring {
  /** HMAC-SHA-256 under the newest key, as 43 characters of base64url. */
  sign(text: string): string
  /** Whether any of the keys signed the text. */
  verify(text: string, signature: string): boolean
}

const signaturePattern = /^[A-Za-z0-9_-]{43}$/

/** Keys of the purpose, derived from secrets of 32 bytes or more, newest first. */
export function createKeyring(secrets: readonly string[], purpose: string): Keyring {
  const [newest, ...older] = secrets.map((secret) => deriveKey(secret, purpose))
  if (newest === undefined) throw new SessionError('invalid-option', 'keys must name one or more')
  const keys = [newest, ...older]

  return {
    sign: (text) => mac(newest, text).toString('base64url'),
    verify(text, signature) {
      if (!signaturePattern.test(signature)) return false
      const presented = Buffer.from(signature, 'base64url')
      // All are tried, so that the time does not tell which key it was.
      return keys.map((key) => timingSafeEqual(mac(key, text), presented)).includes(true)
    },
  }
}

function deriveKey(secret: string, purpose: string): Uint8Array {
  if (typeof secret !== 'string' || Buffer.byteLength(secret) < 32) {
    throw new SessionError('invalid-option', 'keys must have 32 bytes or more each')
  }
  return new Uint8Array(hkdfSync('sha256', secret, '', `coatcheck ${purpose}`, 32))
}

function mac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
