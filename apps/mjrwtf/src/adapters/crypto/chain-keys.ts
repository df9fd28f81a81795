import { createPrivateKey, createPublicKey, hash, hkdfSync, sign, verify } from 'node:crypto'
import type { ChainSigner, ChainVerifier } from '../../application/ports/chain-keys.ts'
import type { Sha256 } from '../../domain/security-chain.ts'

const sha256: Sha256 = (text) => hash('sha256', text, 'base64url')

/** Of 32 bytes, and of 64, without padding. */
const keyPattern = /^[A-Za-z0-9_-]{43}$/
const signaturePattern = /^[A-Za-z0-9_-]{86}$/

/** RFC 8410, section 7: what precedes the 32 bytes of an Ed25519 private key in PKCS #8. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * Signs the chain of security events with Ed25519 (RFC 8032). Each secret has a key for this purpose, derived with HKDF.
 * The public key shows nothing of the secret, so it is written beside each signature. `secrets`: newest first. Throws
 * `RangeError` if there is none.
 */
export function createChainSigner(secrets: readonly string[]): ChainSigner {
  const keys = secrets.map((secret) => {
    const privateKey = derivePrivateKey(secret)
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
    return { privateKey, key: x }
  })
  const [newest] = keys
  if (newest === undefined) throw new RangeError('There is no secret key to sign with.')
  const trustedKeys = keys.map(({ key }) => key)
  return {
    ...createChainVerifier(trustedKeys),
    trusting: (more) => createChainVerifier([...trustedKeys, ...more]),
    sign(text) {
      const signature = sign(null, Buffer.from(text), newest.privateKey).toString('base64url')
      return { key: newest.key, signature }
    },
  }
}

/** `trustedKeys`: raw public keys as base64url; others than 43 characters are never equal to one. */
export function createChainVerifier(trustedKeys: readonly string[]): ChainVerifier {
  return {
    sha256,
    trustedKeys,
    check(text, { key, signature }) {
      if (!keyPattern.test(key) || !trustedKeys.includes(key)) return 'unknown-key'
      if (!signaturePattern.test(signature)) return 'invalid-signature'
      const publicKey = createPublicKey({
        format: 'jwk',
        key: { kty: 'OKP', crv: 'Ed25519', x: key },
      })
      const isValid = verify(
        null,
        Buffer.from(text),
        publicKey,
        Buffer.from(signature, 'base64url'),
      )
      return isValid ? 'valid' : 'invalid-signature'
    },
  }
}

function derivePrivateKey(secret: string) {
  const seed = new Uint8Array(hkdfSync('sha256', secret, '', 'mjrwtf-audit signing', 32))
  return createPrivateKey({
    format: 'der',
    type: 'pkcs8',
    key: Buffer.concat([pkcs8Prefix, seed]),
  })
}
