import type { Client } from '../domain/client.ts'
import type { SignInRejection } from '../domain/events.ts'
import type { Flash } from '../domain/flash.ts'
import type { EndReason, Expiry, Session, SessionId, UserId } from '../domain/session.ts'
import type { Instant, Milliseconds } from '../domain/time.ts'
import type { EndedSession } from '../ports/session-store.ts'
import type { CacheStatistics } from './cache/cache-statistics.ts'

/** A session together with what only the library's own code may hold. */
export interface ActiveSession<Data> {
  readonly session: Session<Data>
  /** From which CSRF tokens for this session are masked. Secret. */
  readonly csrfSecret: Uint8Array
  /** Whether a flash waits to be taken. */
  readonly hasFlash: boolean
  /** Why a sensitive act should ask for a step-up first, however lately there was one; `null` if it need not. */
  readonly stepUpReason: StepUpReason | null
}

/** Why a recent authentication does not count for now. The session is as good as before for everything else. */
export type StepUpReason =
  /**
   * The request comes from another network (/24, /64) or with another user agent than the sign-in, and
   * nobody has stepped up from there. Looked at as `ipAddressCheck` and `userAgentCheck` say: not where they are `off`.
   */
  | 'client-changed'
  /** `requireStepUp` was called since the person last proved who they are. */
  | 'step-up-required'

/**
 * A session whose token was just made. The token exists nowhere else: hand it to the client now.
 */
export interface IssuedSession<Data> extends ActiveSession<Data> {
  /** `id.secret`, for the session cookie. Secret. */
  readonly token: string
}

/** What a presented token turned out to be. */
export type Verification<Data> =
  | ({ readonly status: 'active' } & ActiveSession<Data>)
  /** The token was ours, and its session is over: say why on the sign-in page. */
  | { readonly status: 'ended'; readonly sessionId: SessionId; readonly reason: EndReason }
  | { readonly status: 'none'; readonly reason: NoSessionReason }

/** Why there is no session for a token of which we may say nothing more. */
export type NoSessionReason =
  | 'no-token'
  | 'malformed'
  /** No such session, or the secret is not its secret: the two are not told apart. */
  | 'unknown'
  /** The stored record is damaged or from a newer version. */
  | 'unreadable'
  /**
   * Its secret was replaced a moment ago, by a rotation without grace: another response carries the
   * new one. Nothing is opened, and nobody is signed out: keep the cookie.
   */
  | 'secret-replaced'
  | 'ip-address-changed'
  | 'user-agent-changed'

/**
 * Nothing was looked up, and so nothing is known of the token: too many that the store does not know
 * came from that address (see `UnknownTokenOptions`). Answer 429 and keep the cookie.
 */
export interface Throttled {
  readonly status: 'throttled'
  /** When it is worth another try, in ms from now. */
  readonly retryAfter: Milliseconds
}

/** How a token is verified. */
export interface VerifyOptions {
  /** Asks the store, whatever the verification cache knows. Default `false`. */
  readonly fresh?: boolean
  /**
   * `false` for what a page asks by itself, such as whether it is still signed in: that is no
   * activity, and must not keep a session from expiring. Default `true`.
   */
  readonly touch?: boolean
}

/** Who signs in, and how. Check the credentials first: signing in asks for none. */
export interface SignIn<Data> {
  readonly userId: UserId
  /** Where the sign-in came from. Default: nothing known. */
  readonly client?: Client
  /**
   * The token that the client presented, if any; its session ends as `signed-in-again`
   * (fixation, ASVS 5.0 V7.2.4).
   */
  readonly presentedToken?: string | null
  /** Uses the longer timeouts of remembered sessions. Default `false`. */
  readonly remember?: boolean
  /** A value for the first request of the session, written with it in one step. Default: none. */
  readonly flash?: Flash
  /** First data of the session. Default: the `initial` of the data option. */
  readonly data?: Data
  /**
   * When the credentials began to be checked: take it from the clock before the check. The sign-in
   * is refused if all of the user's sessions were ended at or after it, so that a sign-in with the
   * old password cannot slip in behind a password change. Default: not asked.
   */
  readonly credentialsCheckedAt?: Instant
}

/** What became of a sign-in. When refused, nothing has changed: the presented session lives on. */
export type SignInOutcome<Data> =
  | ({ readonly status: 'signed-in' } & IssuedSession<Data>)
  | { readonly status: 'refused'; readonly reason: SignInRejection }

/** How a rotation treats the secret that it replaces. */
export interface Rotation {
  /**
   * How long the old secret is still accepted, 0 to 60 000 ms. Default 0: refused at once, and
   * forms rendered before stop working (the CSRF secret is replaced too). With a grace, which is
   * meant for periodic rotation under parallel requests, open forms keep working. For ten seconds
   * after the rotation a refused request counts as one under way, and only then as theft.
   */
  readonly grace?: Milliseconds
}

/** What became of a rotation. When refused, this call has changed nothing. */
export type RotationOutcome<Data> =
  | ({ readonly status: 'rotated' } & IssuedSession<Data>)
  /** Not active, or another rotation won: the winner's response carries the new token. */
  | { readonly status: 'refused' }

/** Keys of session data to set; a key given as `undefined` is removed. */
export type DataChanges<Data> = { readonly [Key in keyof Data]?: Data[Key] | undefined }

/** An end on purpose. */
export interface Revocation {
  readonly reason: Exclude<EndReason, Expiry>
  /** Id of the user who ended it. Default: the library itself (`null`). */
  readonly by?: UserId | null
}

/** An end on purpose of all that a user has. */
export interface UserRevocation extends Revocation {
  /** A session to leave alone, for "sign out my other devices". */
  readonly except?: SessionId | null
}

/** How many sessions one sweep ended, and how many it removed. */
export interface SweepOutcome {
  readonly expired: number
  readonly purged: number
}

/**
 * Everything that can be asked of sessions. Every method rejects with `SessionError` of code
 * `store-unavailable` when the store fails: answer 503 and keep the cookie, for nothing is known.
 */
export interface Sessions<Data> {
  /**
   * Decides whether a token is good. Reads at most one record; with the cache one more, where a
   * change outdated a read that it shared. Writes nothing, but for the end of a session whose
   * secret comes back after its rotation and grace (see `onSecretReuse`). A malformed or absent
   * token never reaches the store. Activity is noted and written later, coalesced. With the `cache`
   * option an active session may be told from memory: see there for what that costs. Give the
   * client's address, for without one nothing is ever `throttled`.
   */
  verify(
    token: string | null | undefined,
    client?: Client,
    options?: VerifyOptions,
  ): Promise<Verification<Data> | Throttled>

  /** Makes a new session, ends the presented one and applies the cap, in one store operation. */
  signIn(signIn: SignIn<Data>): Promise<SignInOutcome<Data>>

  /** Gives the session a new secret under the same id. Of two at once exactly one succeeds. */
  rotate(token: string, rotation?: Rotation): Promise<RotationOutcome<Data>>

  /**
   * Notes that the person has just proved who they are again: `authenticatedAt` is now, both
   * timeouts start anew (SP 800-63B-4 section 5.2), and the session gets a new secret (ASVS 5.0
   * V7.2.4). Check the credentials first. Requests under way with the old secret are answered for
   * 10 seconds more, but as not authenticated since. Forms that are open elsewhere go on working.
   * Of two at once exactly one succeeds. Where the `client` is another than signed in, it counts as
   * theirs from now on; without one, `client-changed` is not lifted.
   */
  stepUp(token: string, client?: Client): Promise<RotationOutcome<Data>>

  /**
   * Ends one session. When it has returned, the token opens nothing, anywhere. Returns the session
   * if this call ended it, else `null` (absent, or over already).
   */
  revoke(id: SessionId, revocation: Revocation): Promise<EndedSession | null>

  /**
   * As `revoke`, but only if the session belongs to the user: what a "sign out
   * this device" button needs.
   */
  revokeOwn(userId: UserId, id: SessionId, revocation: Revocation): Promise<EndedSession | null>

  /**
   * Ends all sessions of a user, or all but one, and refuses sign-ins whose
   * credentials were checked before.
   */
  revokeAllForUser(userId: UserId, revocation: UserRevocation): Promise<readonly EndedSession[]>

  /** The user's live sessions, newest first. */
  listForUser(userId: UserId): Promise<readonly Session<Data>[]>

  /**
   * Changes the named keys of the session's data and returns all of it, with the changes that
   * others made to other keys meanwhile. A key set to `undefined` is removed. Returns `null` when
   * the session has ended. Rejects with `data-contended` after 100 lost races.
   */
  saveData(id: SessionId, changes: DataChanges<Data>): Promise<Data | null>

  /** Leaves a value for the session's next request. Returns `false` when the session has ended. */
  addFlash(id: SessionId, flash: Flash): Promise<boolean>

  /**
   * Takes the waiting flashes, oldest first. Of two takers at once one gets them, the other none.
   */
  takeFlashes(id: SessionId): Promise<readonly Flash[]>

  /**
   * Holds something against the session, an anomaly that the app has seen: authentications up to `at` (default:
   * now) count as recent no more, so that a sensitive act asks for a step-up, which lifts it. Nobody is signed out
   * (SP 800-63B-4 section 5.3). In force with the next fresh verification, in every process. Returns `false` when the
   * session has ended. Of several instants the latest counts.
   */
  requireStepUp(id: SessionId, at?: Instant): Promise<boolean>

  /** Ends what has expired and purges what ended longer ago than the retention time, in batches. */
  sweep(): Promise<SweepOutcome>

  /**
   * Writes all the activity noted so far. By itself the library writes at most once a second, and
   * then what is due: a session in constant use every ten seconds, and the last use of one that
   * fell quiet.
   */
  flushActivity(): Promise<void>

  /** What the verification cache has done so far; `null` without one. */
  cacheStatistics(): CacheStatistics | null

  /**
   * Sweeps now and then until `close`. Any number of processes may: on PostgreSQL, where one has begun
   * a sweep, the others leave it to that one until the next is due. On SQLite each makes its own.
   */
  startSweeping(): void

  /**
   * Stops timers, lets a sweep finish its batch, writes what is noted, and stops listening to the
   * revocation channel. Every other method that asks the store rejects with `closed` from then on.
   */
  close(): Promise<void>
}
