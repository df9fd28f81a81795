import { type EndReason, type Expiry, expiry, type SecretHash, type UserId } from './session.ts'
import type { Instant, Milliseconds } from './time.ts'

declare const grantIdBrand: unique symbol

/**
 * Public handle of a grant, in the format of a session id: 16 random bytes as 22 characters of base64url. Safe in logs,
 * lists and URLs. It does not name a session.
 */
export type GrantId = string & { readonly [grantIdBrand]: true }

/** An access token as stored. It is valid until `expiresAt`, unless the grant ends before. */
export interface AccessTokenRecord {
  readonly secretHash: SecretHash
  /** A subset of the scopes of the grant. */
  readonly scopes: readonly string[]
  readonly expiresAt: Instant
}

/** The last refresh, from which a repeated one returns the same tokens. */
export interface RefreshRotation {
  /** Hash of the refresh token's secret before the rotation. */
  readonly previousSecretHash: SecretHash
  /**
   * 32 random bytes. Together with the previous secret, which is not stored, they determine the new secrets: neither a
   * copy of the table alone nor an old refresh token alone is enough to derive them.
   */
  readonly salt: Uint8Array
  readonly rotatedAt: Instant
  /** Until when the previous secret returns the same tokens again; `rotatedAt` without grace. */
  readonly graceExpiresAt: Instant
}

/** What a user allows a client application to do, without the secrets of its tokens. */
export interface Grant {
  readonly id: GrantId
  readonly userId: UserId
  /** Id of the client application: 1 to 255 characters without NUL. */
  readonly clientId: string
  /** Each once, in the order in which they were granted. They never change. */
  readonly scopes: readonly string[]
  /** When the user authenticated in the session in which they consented (`auth_time`). */
  readonly authenticatedAt: Instant
  readonly createdAt: Instant
  /** The absolute deadline, which a refresh does not move. */
  readonly expiresAt: Instant
  /** `createdAt` before the first refresh. */
  readonly lastRefreshedAt: Instant
  readonly idleTimeout: Milliseconds
}

/** A grant as stored. */
export interface GrantRecord extends Grant {
  /**
   * Hash of 16 random bytes that every refresh token of the grant contains. A token with these and an outdated secret was
   * issued for this grant, so it was stolen or used by a client that lost its state; a guess does not contain them.
   */
  readonly familyHash: SecretHash
  /** Hash of the secret of the current refresh token. */
  readonly refreshSecretHash: SecretHash
  readonly accessToken: AccessTokenRecord
  /** The one before the last refresh, for requests in flight. */
  readonly previousAccessToken: AccessTokenRecord | null
  /** `null` before the first refresh. */
  readonly rotation: RefreshRotation | null
  readonly endedAt: Instant | null
  readonly endReason: GrantEndReason | null
  /** Id of the user who ended it, or `null` for the library or the client. */
  readonly endedBy: UserId | null
}

/** The reasons that the library uses itself. */
export type BuiltInGrantEndReason =
  | Expiry
  /** The user ended it. */
  | 'ended-by-user'
  | 'ended-by-operator'
  /** The client application revoked one of its tokens (RFC 7009). */
  | 'ended-by-client'
  | 'password-changed'
  /** A replaced refresh token was presented after its grace period: evidence of theft. */
  | 'refresh-token-reused'
  /** The same client got more grants from the user than allowed, which ended the oldest. */
  | 'grant-cap'

/** Why a grant ended. Branch on the reasons you know and have a default. */
export type GrantEndReason = BuiltInGrantEndReason | EndReason

/** Ended grants of a user that a store keeps; see `insert` of `GrantStore`. */
export const maxEndedGrants = 100

/** Ended grants that one insertion removes at most, so that it stays short. */
export const maxRemovedGrants = 1_000

/** The timeout that has ended the grant at `now`, or `null` if it is still valid (ASVS 5.0 V10.4.5, V10.4.8). */
export function grantExpiry(
  { expiresAt, idleTimeout, lastRefreshedAt }: Grant,
  now: Instant,
): Expiry | null {
  return expiry({ expiresAt, idleTimeout, lastActivityAt: lastRefreshedAt }, now)
}
