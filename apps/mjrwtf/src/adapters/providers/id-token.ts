import { createHash, type Hash, timingSafeEqual } from 'node:crypto'
import type { IDToken } from 'openid-client'
import type { ProviderProfile } from '../../application/ports/providers.ts'
import { parseEmail } from '../../domain/email.ts'
import { isProviderIdentifier } from '../../domain/identity.ts'
import { type Instant, minute, second } from '../../domain/time.ts'
import { maxClockDifference } from './issuer-metadata.ts'
import { rejected } from './provider-error.ts'

/** The claims of OpenID Connect Core section 5.1 that the app uses. */
export interface EmailClaims {
  readonly email?: unknown
  readonly email_verified?: unknown
}

interface IdTokenChecks {
  readonly claims: IDToken
  /** Of the verified signature. */
  readonly header: { readonly alg?: unknown; readonly typ?: unknown }
  readonly clientId: string
  readonly accessToken: string
  readonly now: Instant
}

/** A code is exchanged at once, so its ID token is new. */
const maxAge = 10 * minute

/** The checks of OpenID Connect Core sections 3.1.3.6 and 3.1.3.7 that `openid-client` does not make. */
export function checkIdToken({ claims, header, clientId, accessToken, now }: IdTokenChecks): void {
  const { typ } = header
  // Another kind of token of the same issuer is no ID token (RFC 8725 section 3.11).
  if (typ !== undefined && !(typeof typ === 'string' && /^jwt$/i.test(typ))) throw rejected('type')
  if (claims.azp !== undefined && claims.azp !== clientId) throw rejected('authorized-party')
  const age = now - claims.iat * second
  if (age < -maxClockDifference * second || age > maxAge) throw rejected('issued-at')
  if (claims.at_hash === undefined) return
  if (!matchesHash(accessToken, claims.at_hash, header.alg)) throw rejected('access-token-hash')
}

/** The left half of the hash of the signature algorithm (OpenID Connect Core section 3.1.3.6). */
function matchesHash(accessToken: string, presented: unknown, algorithm: unknown): boolean {
  const digest = hashFor(String(algorithm)).update(accessToken).digest()
  const expected = digest.subarray(0, digest.length / 2)
  const actual = Buffer.from(String(presented), 'base64url')
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

/** Signatures of Ed25519 use SHA-512. */
function hashFor(algorithm: string): Hash {
  if (algorithm.endsWith('256')) return createHash('sha256')
  return algorithm.endsWith('384') ? createHash('sha384') : createHash('sha512')
}

type Claims = Pick<
  ProviderProfile,
  'email' | 'emailVerified' | 'sid' | 'authenticatedAt' | 'acr' | 'amr'
>

/** Values of other types are ignored: none of them identifies the user. */
export function readClaims(claims: IDToken, emailClaims: EmailClaims): Claims {
  return {
    ...readEmail(emailClaims),
    sid: textOf(claims.sid),
    authenticatedAt: typeof claims.auth_time === 'number' ? claims.auth_time * second : null,
    acr: textOf(claims.acr),
    amr: methodsOf(claims.amr),
  }
}

/** Only the boolean `true` says that an email is verified. */
export function readEmail({ email, email_verified }: EmailClaims): {
  readonly email: string | null
  readonly emailVerified: boolean
} {
  const parsed = typeof email === 'string' ? parseEmail(email) : null
  return { email: parsed, emailVerified: parsed !== null && email_verified === true }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && isProviderIdentifier(value) ? value : null
}

/** RFC 8176 names about twenty methods; no session uses more than a few. */
const maxMethods = 10

function methodsOf(amr: unknown): readonly string[] {
  if (!Array.isArray(amr)) return []
  return amr.slice(0, maxMethods).flatMap((each) => textOf(each) ?? [])
}
