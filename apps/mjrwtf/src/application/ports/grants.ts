import type { ClientId } from '../../domain/client-application.ts'
import type { Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** What a user has allowed. */
export interface GrantRequest {
  readonly userId: UserId
  readonly clientId: ClientId
  readonly scopes: readonly Scope[]
  /** When the user authenticated in the session in which they consented. */
  readonly authenticatedAt: Instant
  /** When the user consented. */
  readonly authorizedAt: Instant
}

/** Tokens for the client application. Secret: only their hashes are stored. */
export interface GrantTokens {
  readonly grantId: string
  readonly userId: UserId
  readonly accessToken: string
  readonly accessTokenExpiresAt: Instant
  /** Of the access token. */
  readonly scopes: readonly Scope[]
  readonly refreshToken: string
  /** Of the grant. */
  readonly createdAt: Instant
}

export type IssueGrantResult =
  | { readonly status: 'issued'; readonly tokens: GrantTokens }
  /** All grants of the user were ended after the consent. */
  | { readonly status: 'refused' }

export interface RefreshRequest {
  readonly refreshToken: string
  readonly clientId: ClientId
  /** Narrows the new access token. Default: all scopes of the grant. */
  readonly scopes?: readonly Scope[]
}

export type RefreshGrantResult =
  | { readonly status: 'refreshed'; readonly tokens: GrantTokens }
  | { readonly status: 'rejected'; readonly reason: 'invalid' | 'scope-not-granted' }

/** A token that is active now. */
export interface ActiveToken {
  readonly kind: 'access' | 'refresh'
  readonly grantId: string
  readonly userId: UserId
  readonly clientId: ClientId
  readonly scopes: readonly Scope[]
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

export type AccessTokenVerification =
  | {
      readonly status: 'active'
      readonly grantId: string
      readonly userId: UserId
      readonly clientId: ClientId
      /** As granted. `effectiveScopes` says which of them take effect for the user. */
      readonly scopes: readonly Scope[]
      readonly authenticatedAt: Instant
      /** Of the grant. */
      readonly createdAt: Instant
      readonly expiresAt: Instant
    }
  /** `wasActive`: the token was valid once, and has expired or its grant has ended. */
  | { readonly status: 'rejected'; readonly wasActive: boolean }

/** Why a single grant ends. */
export type GrantEndReason =
  /** Its authorization code was used twice. */
  | 'code-reused'
  /** The consent became void while the grant was issued. */
  | 'consent-void'
  /** The password was changed after the grant was issued. */
  | 'password-changed'
  /** Its client was removed or is no longer registered for its scopes. */
  | 'ended-by-operator'

/**
 * What users have allowed client applications. A grant that has ended is invalid immediately, in every process. Rejects only
 * if the store fails.
 */
export interface UserGrants {
  issue(request: GrantRequest): Promise<IssueGrantResult>
  /** Replaces both tokens. Presenting a replaced refresh token again ends the grant, after a short grace period. */
  refresh(request: RefreshRequest): Promise<RefreshGrantResult>
  /** As fast as the verification of a session. */
  verify(accessToken: string): Promise<AccessTokenVerification>
  /** Finds either kind of token if it is active, or returns `null`. */
  inspect(token: string): Promise<ActiveToken | null>
  /** Ends the grant of either kind of token, if it was issued to that client (RFC 7009). */
  revokeToken(token: string, clientId: ClientId): Promise<void>
  end(userId: UserId, grantId: string, reason: GrantEndReason): Promise<void>
  /** Ends all grants of a client that was removed or whose scopes were reduced. */
  endAllOfClient(clientId: ClientId, operatorId: UserId): Promise<void>
}
