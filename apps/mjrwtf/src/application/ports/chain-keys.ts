import type { ChainSignature, Sha256 } from '../../domain/security-chain.ts'
import type { Instant } from '../../domain/time.ts'

/** `unknown-key`: the key is none of the trusted ones. The signature is then not examined. */
export type SignatureCheck = 'valid' | 'invalid-signature' | 'unknown-key'

/** Verifies the chain of security events with public keys. */
export interface ChainVerifier {
  readonly sha256: Sha256
  /** Raw Ed25519 public keys as base64url, newest first. */
  readonly trustedKeys: readonly string[]
  check(text: string, signature: ChainSignature): SignatureCheck
}

/** Signs the chain with a key derived from the newest secret key, and trusts those derived from all. */
export interface ChainSigner extends ChainVerifier {
  sign(text: string): ChainSignature
  /** Verifies with these public keys, too: of secret keys that were removed. */
  trusting(keys: readonly string[]): ChainVerifier
}

/** What an operation that changes the chain needs. */
export interface ChainContext {
  readonly keys: ChainSigner
  readonly now: Instant
}
