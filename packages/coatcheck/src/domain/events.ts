import type { Client } from './client.ts'
import type { EndReason, Expiry, SessionId, UserId } from './session.ts'
import type { Instant } from './time.ts'

/** Why a presented token opened nothing. */
export type RejectionReason =
  | 'malformed'
  | 'unknown'
  | 'wrong-secret'
  | 'secret-reused'
  /** The secret was rotated away a moment ago: the request was under way, and is no theft. */
  | 'secret-replaced'
  /** The session had been ended, or was past a timeout. */
  | 'session-ended'
  | 'ip-address-changed'
  | 'user-agent-changed'

/** Why a request failed the CSRF guard. */
export type CsrfRefusal =
  /** Sec-Fetch-Site says that another site made the request. */
  | 'cross-site'
  /** Origin (or Referer) is not the configured origin, is `null`, or both are absent. */
  | 'foreign-origin'
  | 'token-missing'
  | 'token-mismatch'

/** Why a revocation channel cannot tell of changes for now. It goes on trying. */
export type ChannelFailure =
  /** The connection broke or was refused, or the database could not be read. */
  | 'connection-lost'
  /** The connection is open, and nothing comes back. */
  | 'silent'
  /** The tables lack what tells of changes: run the newest migrations. */
  | 'not-migrated'
  /** A connection pooler stands between, which would keep notifications back: connect directly. */
  | 'pooled-connection'

interface SessionEventBase {
  readonly at: Instant
}

interface SessionReference extends SessionEventBase {
  readonly sessionId: SessionId
  readonly userId: UserId
}

/** A session was used by another client than before; the address and user agent are the new ones. */
interface ClientChange extends SessionReference, Client {
  /** The part that changed, as it was. */
  readonly from: string | null
  /** And as it is. */
  readonly to: string | null
  /** When the session was last used before, as far as this process knows. */
  readonly lastActivityAt: Instant
}

/**
 * What happened to sessions, in full and without any secret: no event holds a token, a hash, a
 * password or session data. Session ids are handles and safe to log (ASVS 5.0 V16.2.5).
 */
export type SessionEvent =
  | (SessionReference & { readonly type: 'session-created'; readonly remembered: boolean } & Client)
  | (SessionReference & { readonly type: 'session-rotated' })
  /** The person proved who they are again, and the secret was rotated with it. */
  | (SessionReference & { readonly type: 'session-stepped-up' })
  /** Ended by an act. `by` is the acting user's id, or `null` for the library. */
  | (SessionReference & {
      readonly type: 'session-revoked'
      readonly reason: EndReason
      readonly by: UserId | null
    })
  | (SessionReference & {
      readonly type: 'session-expired'
      readonly reason: Expiry
    })
  /** A secret from before a rotation came back after its grace. */
  | (SessionReference & { readonly type: 'secret-reused' } & Client)
  | (ClientChange & { readonly type: 'ip-address-changed' })
  | (ClientChange & { readonly type: 'user-agent-changed' })
  /** Something was held against the session: a sensitive act asks for a step-up, however late the last one was. */
  | (SessionReference & { readonly type: 'step-up-required' })
  | (SessionEventBase & {
      readonly type: 'token-rejected'
      readonly reason: RejectionReason
      /** The id that the token named, when it had one. */
      readonly sessionId: SessionId | null
    } & Client)
  /**
   * So many unknown tokens came from an address that the store is not asked about further ones
   * before `until`. Told once, with the first client that was refused, and not for each after it.
   */
  | (SessionEventBase & {
      readonly type: 'unknown-tokens-throttled'
      readonly until: Instant
    } & Client)
  | (SessionEventBase & {
      readonly type: 'sign-in-blocked'
      readonly userId: UserId
      readonly reason: SignInRejection
    } & Client)
  | (SessionEventBase & {
      readonly type: 'csrf-refused'
      readonly reason: CsrfRefusal
      readonly method: string
      readonly path: string
      readonly sessionId: SessionId | null
    } & Client)
  /** A stored record is damaged or from a newer version; its token opens nothing. */
  | (SessionEventBase & { readonly type: 'record-unreadable'; readonly sessionId: SessionId })
  /**
   * The cache hears of no changes for now, and every verification asks the store. Told once for
   * each reason, until the channel was well again.
   */
  | (SessionEventBase & {
      readonly type: 'revocation-channel-interrupted'
      readonly reason: ChannelFailure
    })
  /** A sweep stopped at a failing store; the next one goes on. */
  | (SessionEventBase & { readonly type: 'sweep-failed' })
  /** Recorded activity could not be written; those sessions may expire earlier than they should. */
  | (SessionEventBase & { readonly type: 'activity-lost'; readonly count: number })

/** Why a sign-in made no session. */
export type SignInRejection =
  /** The user has as many sessions as allowed and the policy is to refuse. */
  | 'session-cap'
  /** All of the user's sessions were ended after the credentials had been checked. */
  | 'credentials-outdated'
