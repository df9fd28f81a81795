import type { UsedMethod } from '../domain/authentication.ts'
import type { Client } from '../domain/client.ts'
import type { SignInRejection } from '../domain/events.ts'
import type { PendingSignInId } from '../domain/pending-sign-in.ts'
import type { UserId } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { PassedMethods } from './authentication-methods.ts'

/**
 * A sign-in of which one step has passed and another has not: the password was correct, and a second factor
 * is missing. Not a session: it does not sign the user in. Contains no secret.
 */
export interface PendingSignIn {
  readonly id: PendingSignInId
  readonly userId: UserId
  /** How the user has authenticated so far, each method once. */
  readonly methods: readonly UsedMethod[]
  readonly createdAt: Instant
  /** Ten minutes after `createdAt`. Nothing extends it. */
  readonly expiresAt: Instant
  /** Whether the session will be a remembered one. */
  readonly remember: boolean
  /** The text that was passed to `begin`, or `null`. */
  readonly state: string | null
  /** Factor checks that are still allowed, of five. */
  readonly attemptsLeft: number
}

/** A sign-in whose first step has passed. The caller has already checked those credentials. */
export interface PendingSignInRequest {
  readonly userId: UserId
  /** How the user has authenticated; at least one. A name stands for an authentication at this moment. */
  readonly methods: PassedMethods
  /** The time before these credentials were checked, by the same clock; see `SignIn`. */
  readonly credentialsCheckedAt: Instant
  /** For the event. Default: an unknown client. */
  readonly client?: Client
  /** The session that is created in the end uses the longer timeouts. Default `false`. */
  readonly remember?: boolean
  /** Text of the app, up to 4 096 characters, such as the page to return to. Default: none. */
  readonly state?: string | null
  /** The token of a pending sign-in that the client presented, which ends. Default: none. */
  readonly presentedToken?: string | null
}

/** A refused one changes nothing. */
export type PendingSignInStart =
  | {
      readonly status: 'pending'
      readonly pending: PendingSignIn
      /** `id.secret`, for a cookie of its own. Secret, and not stored: send it to the client now. */
      readonly token: string
    }
  /** All sessions or all pending sign-ins of the user were ended after the credentials were checked. */
  | {
      readonly status: 'refused'
      readonly reason: Extract<SignInRejection, 'credentials-outdated'>
    }

/** Why there is no pending sign-in. Show it with a link to the sign-in page. */
export type NoPendingSignInReason =
  | 'no-token'
  | 'malformed'
  /** More than ten minutes old. */
  | 'expired'
  /**
   * Completed, canceled, replaced by a later one, or ended by a change of the password or a factor; also if
   * there never was one with this token. The result does not distinguish them.
   */
  | 'ended'
  /** Five factor checks have been counted. */
  | 'too-many-attempts'

export interface NoPendingSignIn {
  readonly status: 'none'
  readonly reason: NoPendingSignInReason
}

/** The result of looking a token up. */
export type PendingSignInLookup =
  | { readonly status: 'pending'; readonly pending: PendingSignIn }
  | NoPendingSignIn

/** Whether a factor may be checked. */
export type PendingSignInAttempt =
  /** The attempt was counted. */
  { readonly status: 'allowed'; readonly pending: PendingSignIn } | NoPendingSignIn
