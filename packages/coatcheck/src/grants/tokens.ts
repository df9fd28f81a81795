import { hkdfSync } from 'node:crypto'
import type { GrantId } from '../domain/grant.ts'
import { idBytes, type Secret, secretBytes, secretFrom, sessionIdFrom } from '../domain/token.ts'
import type { RandomSource } from '../ports/system.ts'
import { hashPresented, type PresentedHash } from '../sessions/secret.ts'

/** The parts of an access token, `<prefix><grant id>.<secret>`, as far as they are compared. */
export interface PresentedAccessToken {
  readonly id: GrantId
  readonly secretHash: PresentedHash
}

/** The parts of a refresh token, `<prefix><grant id>.<family>.<secret>`. */
export interface PresentedRefreshToken {
  readonly id: GrantId
  readonly family: string
  readonly familyHash: PresentedHash
  /** For the derivation of the next secrets. */
  readonly secret: Secret
  readonly secretHash: PresentedHash
}

/** Formats and parses the tokens of client applications. */
export interface GrantTokens {
  formatAccessToken(id: GrantId, secret: Secret): string
  formatRefreshToken(id: GrantId, family: string, secret: Secret): string
  /** Returns `null` for a token that we cannot have issued. */
  parseAccessToken(token: unknown): PresentedAccessToken | null
  parseRefreshToken(token: unknown): PresentedRefreshToken | null
}

/** The canonical form of 16 and of 32 bytes only, so that each token has one spelling. */
const idPattern = '([A-Za-z0-9_-]{21}[AQgw])'
const secretPattern = '([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])'

export function createGrantTokens(prefixes: {
  readonly accessTokenPrefix: string
  readonly refreshTokenPrefix: string
}): GrantTokens {
  const { accessTokenPrefix, refreshTokenPrefix } = prefixes
  // The prefixes contain no special character of a pattern outside of a class.
  const access = new RegExp(`^${accessTokenPrefix}${idPattern}\\.${secretPattern}$`)
  const refresh = new RegExp(
    `^${refreshTokenPrefix}${idPattern}\\.${idPattern}\\.${secretPattern}$`,
  )

  return {
    formatAccessToken: (id, secret) => `${accessTokenPrefix}${id}.${secret}`,
    formatRefreshToken: (id, family, secret) => `${refreshTokenPrefix}${id}.${family}.${secret}`,
    parseAccessToken(token) {
      const [, id, secret] = (typeof token === 'string' && access.exec(token)) || []
      if (id === undefined || secret === undefined) return null
      return { id: id as GrantId, secretHash: hashPresented(secret) }
    },
    parseRefreshToken(token) {
      const [, id, family, secret] = (typeof token === 'string' && refresh.exec(token)) || []
      if (id === undefined || family === undefined || secret === undefined) return null
      return {
        id: id as GrantId,
        family,
        familyHash: hashPresented(family),
        secret: secret as Secret,
        secretHash: hashPresented(secret),
      }
    },
  }
}

/** Returns a new grant id, in the format of a session id. */
export function newGrantId(random: RandomSource): GrantId {
  return sessionIdFrom(random.bytes(idBytes)) as string as GrantId
}

/** Returns the part that all refresh tokens of a grant share: 16 random bytes, which cannot be guessed. */
export function newFamily(random: RandomSource): string {
  return sessionIdFrom(random.bytes(idBytes))
}

/** The secrets that a refresh issues. */
export interface DerivedSecrets {
  readonly access: Secret
  readonly refresh: Secret
}

/**
 * Derives the next secrets from the presented one and the salt of the rotation, with HKDF-SHA-256 (RFC 5869). A repeated
 * refresh gets the same, although no secret is stored. Who has only the table lacks the presented secret; who has only an
 * old refresh token lacks the salt.
 */
export function deriveSecrets(presented: Secret, salt: Uint8Array): DerivedSecrets {
  const derive = (purpose: string) =>
    secretFrom(new Uint8Array(hkdfSync('sha256', presented, salt, purpose, secretBytes)))
  return { access: derive('coatcheck access token'), refresh: derive('coatcheck refresh token') }
}
