import type { AssuranceLevel, AuthenticationMethod } from './authentication.ts'
import type { Client } from './client.ts'
import type { StoreFailureCode } from './errors.ts'
import type { EndReason, Expiry, SessionId, UserId } from './session.ts'
import type { Instant, Milliseconds } from './time.ts'

/** Why a presented token was rejected. */
export type RejectionReason =
  | 'malformed'
  | 'unknown'
  | 'wrong-secret'
  | 'secret-reused'
  /** The secret was just rotated: a request in flight, not a theft. */
  | 'secret-replaced'
  /** The session had been ended, or was past a timeout. */
  | 'session-ended'
  | 'ip-address-changed'
  | 'user-agent-changed'
  /** The preset of the timeouts requires a higher level than the session has. */
  | 'assurance-too-low'

/** Why a request failed the CSRF guard. */
export type CsrfRefusal =
  /** Sec-Fetch-Site says that another site made the request. */
  | 'cross-site'
  /** Origin (or Referer) is not the configured origin, is `null`, or both are absent. */
  | 'foreign-origin'
  | 'token-missing'
  | 'token-mismatch'

/** Why a revocation channel cannot report changes at the moment. It retries. */
export type ChannelFailure =
  /** The connection broke or was refused, or the database could not be read. */
  | 'connection-lost'
  /** The connection is open, but heartbeats do not return. */
  | 'silent'
  /** The tables have no change triggers: run the latest migrations. */
  | 'not-migrated'
  /** The connection goes through a pooler, which drops notifications: connect directly. */
  | 'pooled-connection'

interface EventBase {
  readonly at: Instant
}

interface SessionReference extends EventBase {
  readonly sessionId: SessionId
  readonly userId: UserId
}

/** How the user has authenticated, and what follows from it. */
export interface ReportedMethods {
  /** The methods of this sign-in or step-up. */
  readonly methods: readonly AuthenticationMethod[]
  /** The level of the session after it. */
  readonly assuranceLevel: AssuranceLevel
}

/** A session was used by another client than before; IP address and user agent are the new ones. */
interface ClientChange extends SessionReference, Client {
  /** The previous value of the part that changed. */
  readonly from: string | null
  /** Its new value. */
  readonly to: string | null
  /** The previous use of the session, as known to this process. */
  readonly lastActivityAt: Instant
}

/**
 * Everything that happens to sessions. No event contains a token, a hash, a password or session data;
 * session ids are safe to log (ASVS 5.0 V16.2.5).
 */
export type SessionEvent =
  | (SessionReference & {
      readonly type: 'session-created'
      readonly remembered: boolean
    } & Client &
      ReportedMethods)
  | (SessionReference & { readonly type: 'session-rotated' })
  /** The user reauthenticated, which also rotated the secret. */
  | (SessionReference & { readonly type: 'session-stepped-up' } & ReportedMethods)
  /** Ended explicitly. `by` is the id of the user who ended it, or `null` for the library. */
  | (SessionReference & {
      readonly type: 'session-revoked'
      /** Of the session. */
      readonly createdAt: Instant
      readonly reason: EndReason
      readonly by: UserId | null
    })
  | (SessionReference & {
      readonly type: 'session-expired'
      /** Of the session. */
      readonly createdAt: Instant
      readonly reason: Expiry
    })
  /** A replaced secret was presented after its grace period. */
  | (SessionReference & { readonly type: 'secret-reused' } & Client)
  | (ClientChange & { readonly type: 'ip-address-changed' })
  | (ClientChange & { readonly type: 'user-agent-changed' })
  /** The session needs a step-up before the next sensitive operation, however recent the last one. */
  | (SessionReference & { readonly type: 'step-up-required' })
  | (EventBase & {
      readonly type: 'token-rejected'
      readonly reason: RejectionReason
      /** The id in the token, if it has one. */
      readonly sessionId: SessionId | null
    } & Client)
  /**
   * Too many unknown tokens came from an IP address; further ones are not looked up before `until`.
   * Reported once, with the first client that was rejected.
   */
  | (EventBase & { readonly type: 'unknown-tokens-throttled'; readonly until: Instant } & Client)
  | (EventBase & {
      readonly type: 'sign-in-blocked'
      readonly userId: UserId
      readonly reason: SignInRejection
    } & Client)
  /** The user has passed the first step of a sign-in, and must pass another: no session exists yet. */
  | (EventBase & {
      readonly type: 'sign-in-pending'
      readonly userId: UserId
      /** How the user has authenticated so far. */
      readonly methods: readonly AuthenticationMethod[]
    } & Client)
  /** A pending sign-in was refused further factor checks. Reported once for each. */
  | (EventBase & {
      readonly type: 'pending-sign-in-rejected'
      readonly userId: UserId
      readonly reason: 'too-many-attempts'
    } & Client)
  | (EventBase & {
      readonly type: 'csrf-refused'
      readonly reason: CsrfRefusal
      readonly method: string
      readonly path: string
      readonly sessionId: SessionId | null
    } & Client)
  /** A guard responded 403; `csrf-refused` reports what the CSRF guard refuses. */
  | (EventBase & {
      readonly type: 'request-refused'
      readonly check: RefusedCheck
      readonly method: string
      readonly path: string
    } & Client)
  /** A stored record is damaged or from a newer version; its token does not authenticate. */
  | (EventBase & { readonly type: 'record-unreadable'; readonly sessionId: SessionId })
  /**
   * The cache receives no changes, so every verification queries the store. Reported once per reason
   * until the channel works again.
   */
  | (EventBase & {
      readonly type: 'revocation-channel-interrupted'
      readonly reason: ChannelFailure
      /** The error of the driver and what to do, or `null` if there was none. */
      readonly cause: string | null
    })
  /**
   * An operation of the store failed; guards respond 503 meanwhile. The first failure of a code is
   * reported immediately, further ones at most once a minute.
   */
  | (EventBase & {
      readonly type: 'store-failed'
      readonly code: StoreFailureCode
      /** What failed and what to do: the message of the error, without parameters and passwords. */
      readonly cause: string
      /** The method of `SessionStore`. */
      readonly operation: string
      /** Failures of this code since its last event that were not reported. */
      readonly suppressed: number
    })
  /**
   * In development: an unsafe request reached a session or a sign-in without the checks of `protect` of `coatcheck`, so
   * that other sites could make it too. Reported once.
   */
  | (EventBase & {
      readonly type: 'protection-missing'
      readonly method: string
      readonly path: string
    })
  /** A sweep stopped because the store failed; the next one continues. */
  | (EventBase & { readonly type: 'sweep-failed' })
  /**
   * The clock of this process differs from that of the database by more than two seconds: synchronize
   * both with NTP. Sessions of this process expire earlier or later by as much; the store bounds other
   * consequences. Reported once, and again if the difference changes by more than two seconds.
   */
  | (EventBase & {
      readonly type: 'clock-skewed'
      /** In ms; positive if this process is ahead. */
      readonly skew: Milliseconds
    })
  /** Recorded activity could not be written; those sessions may expire earlier than they should. */
  | (EventBase & { readonly type: 'activity-lost'; readonly count: number })
  /**
   * A request got an error instead of a redirect that would lead back to it without end. Reported once per
   * reason and proxy.
   */
  | (EventBase & {
      readonly type: 'redirect-loop-prevented'
      readonly reason: RedirectLoopReason
      /** Of the proxy, or `null` if it is unknown or does not matter. */
      readonly ipAddress: string | null
    })
  /**
   * All clients behind a proxy have its IP address, so that they share every limit and one attacker can
   * exhaust them. Behind a unix socket they have none, so that no limit per IP address applies. Reported once, for the first request with a session cookie.
   */
  | (EventBase & {
      readonly type: 'client-address-shared'
      readonly reason: SharedAddressReason
      /** Of the proxy; `null` on a unix socket. */
      readonly ipAddress: string | null
    })

/** Why a redirect to https would never end: the client uses https already, but the server cannot know. */
export type RedirectLoopReason =
  /** The proxy that terminates TLS is not in `trustedProxies`. */
  | 'proxy-not-trusted'
  /** The proxy is trusted, but sends neither `X-Forwarded-Proto` nor `Forwarded` with `proto`. */
  | 'no-forwarded-scheme'
  /** The proxy says http, although the browser used https: it reports its own connection to another proxy. */
  | 'wrong-forwarded-scheme'
  /** `requireSession`, `requireRecentAuthentication` or `requireAssurance` guards the very page to which it redirects. */
  | 'guarded-sign-in-page'

/** The check that a request with the response 403 has failed. */
export type RefusedCheck =
  /** `requireHttps`: an API call or a form came over http. */
  | 'https_required'
  /** `enforceResourceIsolation`: another site embeds or loads the URL. */
  | 'embedding_refused'
  /** `requireAssurance`: an API call needs a step-up to a higher level. */
  | 'step_up_required'
  /** `requireRecentAuthentication`, or `requireAssurance` with `within`: an API call needs a step-up. */
  | 'recent_authentication_required'

export type SharedAddressReason =
  /** The proxy sends no IP address in the header that `forwardedHeader` names. */
  | 'no-forwarded-address'
  /** The proxy sends one, but is not in `trustedProxies`. */
  | 'proxy-not-trusted'

/** Why a sign-in created no session. */
export type SignInRejection =
  | InsertRejection
  /** The preset of the timeouts requires a higher level than the methods of the sign-in show. */
  | 'assurance-too-low'

/** Why the store added no session. */
export type InsertRejection =
  /** The user has the maximum number of sessions, and the policy is to refuse. */
  | 'session-cap'
  /** All of the user's sessions were ended after the credentials were checked. */
  | 'credentials-outdated'

/**
 * Receives events. Called synchronously after the fact, so it must be fast; an error that it throws
 * neither changes the outcome nor affects other sinks.
 */
export type EventSink = (event: SessionEvent) => void
