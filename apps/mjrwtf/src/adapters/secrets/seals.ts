import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Seals } from '../../application/ports/seals.ts'

const signatureShape = /^[A-Za-z0-9_-]{43}$/

/** Seals with HMAC-SHA-256 under keys derived from the secret keys, newest first: that one seals, all open. */
export function createSeals(secrets: readonly string[]): Seals {
  const derived = new Map<string, readonly Uint8Array[]>()

  function keysFor(purpose: string): readonly Uint8Array[] {
    const keys = derived.get(purpose) ?? secrets.map((secret) => derive(secret, purpose))
    derived.set(purpose, keys)
    return keys
  }

  return {
    seal(purpose, text) {
      const [newest] = keysFor(purpose)
      if (newest === undefined) throw new Error('There is no secret key to seal with.')
      return `${text}.${sign(newest, text).toString('base64url')}`
    },
    open(purpose, sealed) {
      const dot = sealed.lastIndexOf('.')
      const text = sealed.slice(0, Math.max(dot, 0))
      const signature = sealed.slice(dot + 1)
      if (!signatureShape.test(signature)) return null
      const presented = Buffer.from(signature, 'base64url')
      // All are tried, so that the time does not tell which key it was.
      const matches = keysFor(purpose).map((key) => timingSafeEqual(sign(key, text), presented))
      return matches.includes(true) ? text : null
    },
  }
}

function derive(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `mjrwtf ${purpose}`, 32))
}

function sign(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
