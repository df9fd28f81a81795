import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Signer } from '../../application/ports/secrets.ts'

const signaturePattern = /^[A-Za-z0-9_-]{43}$/

/** Seals with HMAC-SHA-256 under keys derived from the secret keys, newest first: that one seals, all open. */
export function createSigner(secrets: readonly string[]): Signer {
  const derived = new Map<string, readonly Uint8Array[]>()

  function keysFor(purpose: string): readonly Uint8Array[] {
    const keys = derived.get(purpose) ?? secrets.map((secret) => derive(secret, purpose))
    derived.set(purpose, keys)
    return keys
  }

  return {
    sign(purpose, text) {
      const [newest] = keysFor(purpose)
      if (newest === undefined) throw new Error('There is no secret key to seal with.')
      return `${text}.${hmac(newest, text).toString('base64url')}`
    },
    verify(purpose, signed) {
      const dot = signed.lastIndexOf('.')
      const text = signed.slice(0, Math.max(dot, 0))
      const signature = signed.slice(dot + 1)
      if (!signaturePattern.test(signature)) return null
      const presented = Buffer.from(signature, 'base64url')
      // All are tried, so that the time does not tell which key it was.
      const matches = keysFor(purpose).map((key) => timingSafeEqual(hmac(key, text), presented))
      return matches.includes(true) ? text : null
    },
  }
}

function derive(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `mjrwtf ${purpose}`, 32))
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
