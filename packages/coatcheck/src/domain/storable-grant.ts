import type { AccessTokenRecord, GrantRecord, RefreshRotation } from './grant.ts'
import type { SecretHash } from './session.ts'
import { isStorableId, requireArgument } from './storable.ts'

const maxScopes = 100
const maxScopeLength = 255

/** Whether text is one scope of RFC 6749 section 3.3 (`scope-token`), of up to 255 characters. */
export function isScope(text: unknown): boolean {
  if (typeof text !== 'string' || text.length > maxScopeLength) return false
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
}

/** Whether this is a list of up to 100 scopes, each once. */
export function areScopes(scopes: unknown): scopes is readonly string[] {
  if (!Array.isArray(scopes) || scopes.length > maxScopes || !scopes.every(isScope)) return false
  return new Set(scopes).size === scopes.length
}

/** Throws `invalid-argument` for a grant that a store could not return unchanged. */
export function requireStorableGrant(record: GrantRecord): void {
  const ids = [record.id, record.userId, record.clientId]
  requireArgument(
    ids.every(isStorableId),
    'A grant id, a user id and a client id must be 1 to 255 characters without NUL',
  )
  requireArgument(areScopes(record.scopes), 'Scopes must be valid (RFC 6749), each once')
  const { familyHash, refreshSecretHash, accessToken, previousAccessToken, rotation } = record
  requireHashes([familyHash, refreshSecretHash])
  requireStorableAccessToken(accessToken)
  if (previousAccessToken !== null) requireStorableAccessToken(previousAccessToken)
  if (rotation !== null) requireStorableRotation(rotation)
  requireInstants([
    record.authenticatedAt,
    record.createdAt,
    record.expiresAt,
    record.lastRefreshedAt,
    record.idleTimeout,
  ])
}

/** As `requireStorableGrant`, for the access token of a rotation. */
export function requireStorableAccessToken(token: AccessTokenRecord): void {
  requireHashes([token.secretHash])
  requireArgument(areScopes(token.scopes), 'Scopes must be valid (RFC 6749), each once')
  requireInstants([token.expiresAt])
}

function requireStorableRotation(rotation: RefreshRotation): void {
  requireHashes([rotation.previousSecretHash, rotation.salt])
  requireInstants([rotation.rotatedAt, rotation.graceExpiresAt])
}

/** Also for the salt of a rotation, which has the same length. */
export function requireHashes(hashes: readonly SecretHash[]): void {
  requireArgument(
    hashes.every(({ length }) => length === 32),
    'A secret hash and a salt must have 32 bytes',
  )
}

export function requireInstants(instants: readonly number[]): void {
  requireArgument(instants.every(Number.isSafeInteger), 'Instants must be whole milliseconds')
}
