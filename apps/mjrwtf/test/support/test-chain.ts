import { createChainSigner } from '../../src/adapters/crypto/chain-keys.ts'
import type { ChainContext } from '../../src/application/ports/chain-keys.ts'

/** The secret keys of tests. */
export const testSecretKeys = 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx'

/** What changes the chain of security events, with the keys of tests. */
export function testChain(now = Date.UTC(2030, 0, 1)): ChainContext {
  return { keys: createChainSigner([testSecretKeys]), now }
}
