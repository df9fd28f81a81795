import { createPublicKey } from 'node:crypto'
import { COSEALG, isoCBOR } from '@simplewebauthn/server/helpers'

/** What a passkey may sign with, preferred first. All that browsers offer without post-quantum keys. */
export const algorithms = [COSEALG.ES256, COSEALG.EdDSA, COSEALG.RS256] as const

/** Labels of the parameters of a COSE key (RFC 9052 section 7.1, RFC 9053 section 7, RFC 8230 section 4). */
const label = { type: 1, algorithm: 3, curve: -1, x: -2, y: -3, modulus: -1, exponent: -2 } as const

/** The type and curve that belong to an algorithm: ES256 does not imply P-256 in COSE, but does in WebAuthn. */
const shapes: ReadonlyMap<unknown, readonly [type: number, curve: number | null]> = new Map([
  [COSEALG.ES256, [2, 1]],
  [COSEALG.EdDSA, [1, 6]],
  [COSEALG.RS256, [3, null]],
])

type CoseKey = ReadonlyMap<number, unknown>

/**
 * Whether signatures of the COSE key can be verified: its type and curve are those of its algorithm, and its point is on
 * the curve (WebAuthn Level 3 section 5.8.5). A registration does not show that, because its signature is not verified.
 */
export function isUsableKey(publicKey: Uint8Array<ArrayBuffer>): boolean {
  const key = isoCBOR.decodeFirst<CoseKey>(publicKey)
  const [type, curve] = shapes.get(key.get(label.algorithm)) ?? []
  if (type === undefined || key.get(label.type) !== type) return false
  if (curve !== null && key.get(label.curve) !== curve) return false
  try {
    createPublicKey({ key: toJwk(key, type), format: 'jwk' })
    return true
  } catch {
    return false
  }
}

function toJwk(key: CoseKey, type: number) {
  if (type === 3) {
    return { kty: 'RSA', n: text(key.get(label.modulus)), e: text(key.get(label.exponent)) }
  }
  const x = text(key.get(label.x))
  if (type === 1) return { kty: 'OKP', crv: 'Ed25519', x }
  return { kty: 'EC', crv: 'P-256', x, y: text(key.get(label.y)) }
}

function text(bytes: unknown): string {
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64url') : ''
}

/**
 * The key that an assertion of an unknown passkey is checked with, so that it takes the time of a known one. A point of
 * P-256 whose private key is public: the result of the check is not used.
 */
export const decoyKey: Uint8Array<ArrayBuffer> = Uint8Array.from(
  Buffer.from(
    'a5010203262001' +
      '2158206b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
      '2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    'hex',
  ),
)
