import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { rejectOption } from '../../domain/errors.ts'
import type { Instant } from '../../domain/time.ts'

/** Signs cookie values for one purpose; a value signed for another purpose is rejected. */
export interface Signer {
  /** Returns the text (base64url), a dot and its HMAC-SHA-256 under the newest key. */
  sign(text: string): string
  /** Returns the text of a signed value, or `null` if none of the keys signed it. */
  verify(value: string): string | null
}

/** Returns the signer of a purpose, deriving its keys once. An app uses few purposes. */
export type SignerFor = (purpose: string) => Signer

/** Encodes JSON payloads as signed values with an expiry. */
export interface SignedCodec<Payload> {
  encode(payload: Payload, expiresAt: Instant): string
  /** Returns the payload, or `null` if the value is not ours or has expired. */
  decode(value: string, now: Instant): Payload | null
}

const signaturePattern = /^[A-Za-z0-9_-]{43}$/

/** Throws `invalid-option` for missing or short keys, without revealing them. */
export function createSigners(secrets: readonly string[]): SignerFor {
  // The first signer is created eagerly, to validate the keys at startup.
  const signers = new Map([['pre-session', createSigner(secrets, 'pre-session')]])
  return (purpose) => {
    const signer = signers.get(purpose) ?? createSigner(secrets, purpose)
    signers.set(purpose, signer)
    return signer
  }
}

/** Derives a key for the purpose from each secret of 32 bytes or more, newest first. */
export function createSigner(secrets: readonly string[], purpose: string): Signer {
  requireKeys(secrets)
  const [newest, ...older] = secrets.map((secret) => deriveKey(secret, purpose))
  if (newest === undefined) rejectOption(`keys must contain at least one key: ${howToCreateKey}`)
  const keys = [newest, ...older]

  return {
    sign: (text) => `${text}.${mac(newest, text).toString('base64url')}`,
    verify(value) {
      const [text = '', signature = '', ...rest] = value.split('.', 3)
      if (rest.length > 0 || !signaturePattern.test(signature)) return null
      const presented = Buffer.from(signature, 'base64url')
      // All keys are compared, so that the timing does not reveal which one matched.
      const matches = keys.map((key) => timingSafeEqual(mac(key, text), presented))
      return matches.includes(true) ? text : null
    },
  }
}

export function createSignedCodec<Payload>({ sign, verify }: Signer): SignedCodec<Payload> {
  return {
    encode(payload, expiresAt) {
      return sign(Buffer.from(JSON.stringify([expiresAt, payload])).toString('base64url'))
    },
    decode(value, now) {
      const text = verify(value)
      if (text === null) return null
      // The signature shows that we wrote it, so its shape is not checked.
      const [expiresAt, payload]: readonly [Instant, Payload] = JSON.parse(
        Buffer.from(text, 'base64url').toString(),
      )
      return now < expiresAt ? payload : null
    },
  }
}

/** The key of the examples in the documentation. */
const exampleKey = 'at least thirty-two bytes of randomness'

/**
 * Throws `invalid-option` if a key is that of the documentation's examples, which is public. It is
 * accepted in development only: there, a variable that is not set has no consequences.
 */
export function requireSecretKeys(keys: readonly string[]): void {
  const index = keys.indexOf(exampleKey)
  if (index === -1) return
  const problem = 'is the example of the documentation, which is public'
  rejectOption(`keys[${index}] ${problem}: ${howToCreateKey}`)
}

const minKeyLength = 32

const howToCreateKey = 'set it to the output of `openssl rand -base64 32`'

function requireKeys(secrets: unknown): void {
  if (secrets === undefined) rejectOption('keys is missing: pass a list of secrets, newest first')
  if (!Array.isArray(secrets)) {
    rejectOption('keys must be a list of secrets, newest first, such as [process.env.SECRET_KEY]')
  }
  secrets.forEach(requireKey)
}

/** The message never contains the key. */
function requireKey(key: unknown, index: number): void {
  const name = `keys[${index}]`
  if (key === undefined) {
    rejectOption(`${name} is undefined: is its environment variable set? If not, ${howToCreateKey}`)
  }
  if (typeof key !== 'string') rejectOption(`${name} must be a string, not ${typeof key}`)
  const length = Buffer.byteLength(key)
  if (length >= minKeyLength) return
  rejectOption(`${name} has ${length} bytes, and needs at least ${minKeyLength}: ${howToCreateKey}`)
}

function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `coatcheck ${purpose}`, 32))
}

function mac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
