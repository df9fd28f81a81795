import type { SessionEvent } from './events.ts'
import type { GrantEndReason, GrantId } from './grant.ts'
import type { Expiry, UserId } from './session.ts'
import type { Instant } from './time.ts'

/** Why a token of a client application was rejected. */
export type GrantTokenRejection =
  | 'malformed'
  /** No grant has this id, or the secret is not one of the grant. */
  | 'unknown'
  /** The access token, or the whole grant, is past its end. */
  | 'expired'
  | 'grant-ended'
  /** Another client than that of the grant presented the token. */
  | 'wrong-client'

interface GrantEventBase {
  readonly at: Instant
}

interface GrantReference extends GrantEventBase {
  readonly grantId: GrantId
  readonly userId: UserId
  readonly clientId: string
}

/**
 * Everything that happens to grants. No event contains a token or a hash; grant ids are safe to log (ASVS 5.0 V16.2.5).
 */
export type GrantEvent =
  | (GrantReference & { readonly type: 'grant-created'; readonly scopes: readonly string[] })
  /** A new access token and a new refresh token were issued. A repeated request is not reported. */
  | (GrantReference & { readonly type: 'grant-refreshed'; readonly scopes: readonly string[] })
  /** Ended explicitly. `by` is the id of the user who ended it, or `null` for the library or the client. */
  | (GrantReference & {
      readonly type: 'grant-revoked'
      readonly reason: GrantEndReason
      readonly by: UserId | null
    })
  | (GrantReference & { readonly type: 'grant-expired'; readonly reason: Expiry })
  /**
   * An outdated refresh token was presented, which ended the grant: a token was copied, or the client has lost
   * its state. Reported once per grant, and instead of `grant-revoked`.
   */
  | (GrantReference & { readonly type: 'refresh-token-reused' })
  | (GrantEventBase & {
      readonly type: 'grant-token-rejected'
      readonly token: 'access' | 'refresh'
      readonly reason: GrantTokenRejection
      /** The id in the token, if it has one. */
      readonly grantId: GrantId | null
    })
  /** A stored grant is damaged or from a newer version; its tokens are rejected. */
  | (GrantEventBase & { readonly type: 'grant-unreadable'; readonly grantId: GrantId })
  /** As for sessions; `operation` is a method of `GrantStore`. */
  | Extract<SessionEvent, { readonly type: 'store-failed' | 'revocation-channel-interrupted' }>

/** Receives events. Called synchronously after the fact; an error that it throws changes nothing. */
export type GrantEventSink = (event: GrantEvent) => void
