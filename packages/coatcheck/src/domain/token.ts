import type { PendingSignInId } from './pending-sign-in.ts'
import type { SessionId } from './session.ts'
import { requireArgument } from './storable.ts'

declare const secretBrand: unique symbol

/** The random half of a token: 32 bytes as 43 characters of base64url. Never stored, never logged. */
export type Secret = string & { readonly [secretBrand]: true }

/** The two halves of a session token, or of the token of a pending sign-in. */
export interface TokenParts<Id = SessionId> {
  readonly id: Id
  readonly secret: Secret
}

/** Random bytes of an id; a collision is improbable. */
export const idBytes = 16
/** Random bytes of a secret: 256 bits (ASVS 5.0 V7.2.3 requires 128). */
export const secretBytes = 32

/**
 * The canonical form only: the last character of each half must have no unused bits set, so that each
 * token has one spelling.
 */
const tokenPattern = /^([A-Za-z0-9_-]{21}[AQgw])\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/

/** Encodes 16 random bytes. */
export function sessionIdFrom(bytes: Uint8Array): SessionId {
  return toBase64Url(bytes) as SessionId
}

/** Encodes 32 random bytes. */
export function secretFrom(bytes: Uint8Array): Secret {
  return toBase64Url(bytes) as Secret
}

/** Encodes 16 random bytes. */
export function pendingSignInIdFrom(bytes: Uint8Array): PendingSignInId {
  return toBase64Url(bytes) as PendingSignInId
}

/** Joins the halves to the token: `id.secret`, 66 characters. */
export function formatToken(parts: TokenParts<string>): string {
  return `${parts.id}.${parts.secret}`
}

/** Splits a presented token, or returns `null` if we cannot have issued it (ASVS 5.0 V7.2.1). */
export function parseToken(text: string): TokenParts | null {
  const match = tokenPattern.exec(text)
  if (match === null) return null
  return { id: match[1] as SessionId, secret: match[2] as Secret }
}

/** As `parseToken`, for the token of a pending sign-in. */
export function parsePendingToken(text: string): TokenParts<PendingSignInId> | null {
  const match = tokenPattern.exec(text)
  if (match === null) return null
  return { id: match[1] as PendingSignInId, secret: match[2] as Secret }
}

/** Throws `invalid-argument` for a session token, which must not be used in place of its id. */
export function requireSessionId(text: string): SessionId {
  // The type does not guarantee a string: the caller may have cast it.
  requireArgument(typeof text === 'string', 'a session id is a string')
  requireArgument(
    parseToken(text) === null,
    'a session token was passed as a session id: pass `session.id`, and keep the token in the cookie',
  )
  return text as SessionId
}

function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
