import {
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  randomInt,
  timingSafeEqual,
} from 'node:crypto'
import type { CodeHasher, Secrets, Signer } from '../../application/ports/secrets.ts'
import { createUserCode } from '../../domain/device-authorization.ts'

export const nodeSecrets: Secrets = {
  bytes: (count) => randomBytes(count),
  id: () => randomBytes(16).toString('base64url'),
  code: () => randomBytes(32).toString('base64url'),
  sixDigits: () => String(randomInt(1_000_000)).padStart(6, '0'),
  userCode: () => createUserCode(randomInt),
  hash: (text) => createHash('sha256').update(text).digest('base64url'),
  isEqual(one, other) {
    const [first, second] = [Buffer.from(one), Buffer.from(other)]
    return first.byteLength === second.byteLength && timingSafeEqual(first, second)
  },
}

const signaturePattern = /^[A-Za-z0-9_-]{43}$/

/** Signs with HMAC-SHA-256 and a key derived from the newest secret; verifies with the keys of all. `secrets`: newest first. */
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
      if (newest === undefined) throw new Error('There is no secret key to sign with.')
      return `${text}.${hmac(newest, text).toString('base64url')}`
    },
    verify(purpose, signed) {
      const dot = signed.lastIndexOf('.')
      const text = signed.slice(0, Math.max(dot, 0))
      const signature = signed.slice(dot + 1)
      if (!signaturePattern.test(signature)) return null
      const presented = Buffer.from(signature, 'base64url')
      // Tries all keys, so that the time does not reveal which one matched.
      const matches = keysFor(purpose).map((key) => timingSafeEqual(hmac(key, text), presented))
      return matches.includes(true) ? text : null
    },
  }
}

/** `secrets`: newest first. */
export function createCodeHasher(secrets: readonly string[]): CodeHasher {
  const keys = secrets.map((secret) => derive(secret, 'code'))

  function hashes(text: string): readonly string[] {
    return keys.map((key) => hmac(key, text).toString('base64url'))
  }

  return {
    hash(text) {
      const [newest] = hashes(text)
      if (newest === undefined) throw new Error('There is no secret key to hash with.')
      return newest
    },
    hashes,
  }
}

function derive(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `mjrwtf ${purpose}`, 32))
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
