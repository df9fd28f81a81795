import type { Duration } from '../domain/duration.ts'
import type { BuiltInGrantEndReason, Grant, GrantEndReason, GrantId } from '../domain/grant.ts'
import type { Expiry, OwnEndReason, UserId } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { EndedGrant } from '../ports/grant-store.ts'
import type { CacheStatistics } from '../sessions/cache/verification-cache.ts'

/** How long a grant is valid. */
export interface GrantTimeoutOptions {
  /** Limit counted from the creation, which a refresh does not move: one minute to ten years. Default `365d`. */
  readonly absolute?: Duration
  /** Limit counted from the last refresh: one minute to `absolute`. Default `30d`. */
  readonly idle?: Duration
}

/** What a user has allowed a client application to do. */
export interface GrantRequest {
  readonly userId: UserId
  /** 1 to 255 characters without NUL. */
  readonly clientId: string
  /** Up to 100, each once, in the syntax of RFC 6749 section 3.3. */
  readonly scopes: readonly string[]
  /** When the user authenticated in the session in which they consented (`auth_time`). */
  readonly authenticatedAt: Instant
  /**
   * When the user consented, by the same clock. Refused if all grants of the user were ended at or after it: an
   * authorization code does not outlive a password reset.
   */
  readonly authorizedAt: Instant
  /** Default: those of the options. */
  readonly timeouts?: GrantTimeoutOptions
}

/** The tokens to send to the client application. They cannot be read from the store later. */
export interface IssuedTokens {
  readonly accessToken: string
  /** `expires_in` is the time until then. */
  readonly accessTokenExpiresAt: Instant
  /** Of the access token. Send them as `scope`. */
  readonly scopes: readonly string[]
  /** Replaces the one that was presented. */
  readonly refreshToken: string
  readonly grant: Grant
}

/** A refusal changes nothing. */
export type IssueOutcome =
  | ({ readonly status: 'issued' } & IssuedTokens)
  | { readonly status: 'refused'; readonly reason: 'authorization-outdated' }

/** An access token that is valid. Frozen: the same object may be returned again. */
export interface ActiveGrant {
  readonly status: 'active'
  readonly grant: Grant
  /** Of this access token: those of the grant or fewer. */
  readonly scopes: readonly string[]
  /** When this access token expires. */
  readonly expiresAt: Instant
}

/** The result of verifying an access token. Whatever is not `active` gets `invalid_token` of RFC 6750. */
export type AccessVerification =
  | ActiveGrant
  | {
      readonly status: 'none'
      /** `unknown` also for a wrong secret, so that nothing reveals whether a grant exists. */
      readonly reason: 'no-token' | 'malformed' | 'unknown' | 'expired' | 'unreadable'
    }
  | { readonly status: 'ended'; readonly grantId: GrantId; readonly reason: GrantEndReason }

/** A request for new tokens (RFC 6749 section 6). */
export interface RefreshRequest {
  readonly refreshToken: string
  /** The client that has authenticated, or identified itself if it is a public client. */
  readonly clientId: string
  /** Scopes of the new access token. Default: all of the grant. The next refresh may ask for all of them again. */
  readonly scopes?: readonly string[]
}

/**
 * Why a refresh was rejected. `scope-not-granted` and `scope-differs` are `invalid_scope` of RFC 6749 section 5.2 and
 * change nothing; all others are `invalid_grant`.
 */
export type RefreshRejection =
  | 'malformed'
  | 'unknown'
  | 'wrong-client'
  | 'scope-not-granted'
  /**
   * In the grace period, the repeated request asks for less than the first one, whose access token it would get.
   */
  | 'scope-differs'
  | 'expired'
  | 'ended'
  /** An outdated token: this request has ended the grant. */
  | 'reused'
  | 'unreadable'

export type RefreshOutcome =
  | ({ readonly status: 'refreshed' } & IssuedTokens)
  | { readonly status: 'rejected'; readonly reason: RefreshRejection }

/** What a token is, for introspection (RFC 7662). Only a valid token is more than `none`. */
export type Inspection =
  | {
      readonly kind: 'access'
      readonly grant: Grant
      readonly scopes: readonly string[]
      readonly expiresAt: Instant
    }
  | {
      readonly kind: 'refresh'
      readonly grant: Grant
      readonly scopes: readonly string[]
      readonly expiresAt: Instant
    }
  | { readonly kind: 'none' }

/** A request of a client to end a grant (RFC 7009). */
export interface TokenRevocation {
  /** An access token or a refresh token. */
  readonly token: string
  /** As for `RefreshRequest`. */
  readonly clientId: string
}

export interface GrantRevocation {
  /**
   * A built-in reason or your own: 1 to 64 characters of a-z, 0-9 and -. Not a timeout, which only the library finds.
   * It is stored, and appears in events and verifications.
   */
  readonly reason: Exclude<BuiltInGrantEndReason, Expiry> | OwnEndReason
  /** Id of the user who ended it. Default: the library itself (`null`). */
  readonly by?: UserId | null
}

/** Number of grants that a sweep ended and deleted. */
export interface GrantSweepResult {
  readonly expired: number
  readonly purged: number
}

/**
 * Grants of client applications, with their access and refresh tokens (design as OAuth 2.1, RFC 9700 section 4.14). Every
 * method rejects with `SessionError` of a `StoreFailureCode` if the store fails (`isStoreFailure`): answer 503, because
 * the token may be valid.
 */
export interface Grants {
  /** Creates a grant and its first tokens. Ends the oldest beyond the limit per user and client. */
  issue(request: GrantRequest): Promise<IssueOutcome>

  /**
   * Decides whether an access token is valid. A missing or malformed token does not reach the store; any other causes at
   * most one read, or two with the cache if a change outdates the read it joined. Never writes. With the `cache` option,
   * an active grant may be served from the cache; see there for the consequences. The app must limit the rate of wrong
   * tokens itself.
   */
  verify(accessToken: string | null | undefined): Promise<AccessVerification>

  /**
   * Replaces the refresh token and issues a new access token. The previous access token stays valid until it expires, for
   * requests in flight. One of several concurrent calls with one token replaces it; the others, and repeated calls
   * that begin before the end of the grace period, return the identical tokens. Afterwards the replaced token is evidence
   * of theft, which ends the grant (ASVS 5.0 V10.4.5).
   */
  refresh(request: RefreshRequest): Promise<RefreshOutcome>

  /** Says what a token is, and reads the store: the answer is as fresh as a request can be. */
  inspect(token: string): Promise<Inspection>

  /**
   * Ends the grant of a token as `ended-by-client`. Returns it if this call ended it; `null` for a token that is not
   * valid, of another client, or of a grant that has ended, which the client must not be able to distinguish.
   */
  revokeToken(revocation: TokenRevocation): Promise<EndedGrant | null>

  /**
   * Ends a grant of the user. Once it returns, its tokens are invalid in every process; with the `cache` option, as
   * stated there. Returns `null` if the user has no such grant or it has ended.
   */
  revoke(userId: UserId, grantId: string, revocation: GrantRevocation): Promise<EndedGrant | null>

  /** Ends all grants of a user. Codes that were authorized before get no grant. */
  revokeAllForUser(userId: UserId, revocation: GrantRevocation): Promise<readonly EndedGrant[]>

  /** Ends all grants of a client, in steps. First stop issuing grants to it. Returns how many it ended. */
  revokeAllOfClient(clientId: string, revocation: GrantRevocation): Promise<number>

  /** The user's active grants, newest first. */
  list(userId: UserId): Promise<readonly Grant[]>

  /** Ends expired grants and deletes those that ended before the retention time, in batches. Call it every 15 minutes. */
  sweep(): Promise<GrantSweepResult>

  /** Returns `null` without a cache. */
  cacheStatistics(): CacheStatistics | null

  /** Unsubscribes from the revocation channel. Methods that use the store then reject with `closed`. */
  close(): Promise<void>
}
