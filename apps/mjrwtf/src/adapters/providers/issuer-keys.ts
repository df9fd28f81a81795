import type { Clock } from 'coatcheck'
import {
  type CompactVerifyResult,
  compactVerify,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
} from 'jose'
import { signatureAlgorithms } from './issuer-metadata.ts'
import { rejected, unavailable } from './provider-error.ts'
import { fetchJson, type ProviderFetch } from './provider-fetch.ts'
import { createRefreshedValue } from './refreshed-value.ts'

export interface IssuerKeysOptions {
  /** `jwks_uri` of the metadata. */
  readonly findUrl: () => Promise<string>
  readonly fetch: ProviderFetch
  readonly clock: Clock
  readonly random: () => number
}

export interface IssuerKeys {
  /**
   * Verifies the signature of a compact JWS with the keys of the issuer. Keys that the token names in its header (`jku`,
   * `x5u`, `jwk`) are not used (ASVS 5.0 V9.1.3). Rejects with `ProviderError`.
   */
  verify(token: string, algorithms: readonly string[]): Promise<CompactVerifyResult>
}

/** The public keys of an issuer. They are loaded again, at most every ten seconds, if a token names one that is missing. */
export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { findUrl, fetch, clock, random } = options
  const load = async () => toKeySet(await fetchJson(fetch, await findUrl()))
  const keys = createRefreshedValue({ load, clock, random })

  return {
    async verify(token, algorithms) {
      const accepted = algorithms.filter((each) => signatureAlgorithms.includes(each))
      const current = await keys.get()
      const result = await verifyWith(current, token, accepted)
      if (result !== 'no-key') return result
      const reloaded = await keys.reload()
      const retried = reloaded === current ? 'no-key' : await verifyWith(reloaded, token, accepted)
      if (retried === 'no-key') throw rejected('key')
      return retried
    },
  }
}

type KeySet = ReturnType<typeof createLocalJWKSet>

function toKeySet(document: unknown): KeySet {
  if (!isKeySet(document)) throw unavailable('invalid-keys')
  try {
    return createLocalJWKSet(document)
  } catch (error) {
    throw unavailable('invalid-keys', error)
  }
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)
}

async function verifyWith(
  keySet: KeySet,
  token: string,
  algorithms: readonly string[],
): Promise<CompactVerifyResult | 'no-key'> {
  try {
    return await compactVerify(token, keySet, { algorithms: [...algorithms] })
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'no-key'
    if (error instanceof errors.JWKSMultipleMatchingKeys) throw rejected('key', error)
    if (error instanceof errors.JOSEAlgNotAllowed) throw rejected('algorithm', error)
    throw rejected('signature', error)
  }
}
