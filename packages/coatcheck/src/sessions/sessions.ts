import type { AuthenticationMethod, UsedMethod } from '../domain/authentication.ts'
import type { Client } from '../domain/client.ts'
import type { Duration } from '../domain/duration.ts'
import type { SignInRejection } from '../domain/events.ts'
import type { Flash } from '../domain/flash.ts'
import type {
  BuiltInEndReason,
  EndReason,
  Expiry,
  OwnEndReason,
  Session,
  SessionEnd,
  SessionId,
  UserId,
} from '../domain/session.ts'
import type { Instant, Milliseconds } from '../domain/time.ts'
import type { EndedSession } from '../ports/session-store.ts'
import type { CacheStatistics } from './cache/verification-cache.ts'
import type {
  NoPendingSignIn,
  PendingSignInAttempt,
  PendingSignInLookup,
  PendingSignInRequest,
  PendingSignInStart,
} from './pending-sign-ins.ts'

/** A session with the data that only server code may see. */
export interface ActiveSession<Data> {
  readonly session: Session<Data>
  /** CSRF tokens of the session are derived from it. Secret. */
  readonly csrfSecret: Uint8Array
  /** Whether `takeFlashes` would return any. */
  readonly hasFlash: boolean
  /** Why sensitive operations require a step-up now; `null` if none is required. */
  readonly stepUpReason: StepUpReason | null
}

/** Why a recent authentication does not count. All other operations are unaffected. */
export type StepUpReason =
  /**
   * The request comes from another network (/24, /64) or user agent than the sign-in, and no
   * step-up was made from there. Follows `ipAddressCheck` and `userAgentCheck`: `off` disables it.
   */
  | 'client-changed'
  /** `requireStepUp` was called after the user last authenticated. */
  | 'step-up-required'

/** A session with its new token. The token is not stored: send it to the client now. */
export interface IssuedSession<Data> extends ActiveSession<Data> {
  /** `id.secret`, for the session cookie. Secret. */
  readonly token: string
}

/** The result of verifying a presented token. */
export type Verification<Data> =
  | ({ readonly status: 'active' } & ActiveSession<Data>)
  /**
   * The token is genuine but its session has ended. Show the reason on the sign-in page. Expire the cookie
   * only if `mayExpireCookie` says so.
   */
  | { readonly status: 'ended'; readonly sessionId: SessionId; readonly reason: EndReason }
  | { readonly status: 'none'; readonly reason: NoSessionReason }

export type NoSessionReason =
  | 'no-token'
  | 'malformed'
  /** No such session, or a wrong secret. The result does not distinguish them. */
  | 'unknown'
  /** The stored record is corrupt or from a newer version. */
  | 'unreadable'
  /**
   * A rotation without grace period has just replaced the secret, and another response carries the
   * new one. The user is not signed out: keep the cookie.
   */
  | 'secret-replaced'
  | 'ip-address-changed'
  | 'user-agent-changed'
  /** The preset of the timeouts requires a higher level. The session is not ended: keep the cookie. */
  | 'assurance-too-low'

/**
 * The token was not looked up, because its IP address has presented too many unknown tokens (see
 * `UnknownTokenOptions`) and this process has not seen it valid. Answer 429 and keep the cookie.
 */
export interface Throttled {
  readonly status: 'throttled'
  /** Time until the next try, in ms. */
  readonly retryAfter: Milliseconds
}

export interface VerifyOptions {
  /** Reads the store even if the session is cached. Default `false`. */
  readonly skipCache?: boolean
  /**
   * `false` does not count as activity: for requests that a page sends without its user, which must
   * not keep a session from expiring. Default `true`.
   */
  readonly touch?: boolean
}

/** A sign-in. The caller has already checked the credentials. */
export interface SignIn<Data> {
  readonly userId: UserId
  /** Default: an unknown client. */
  readonly client?: Client
  /**
   * How the user has authenticated: the names of RFC 8176, each with the time of the call, or with its own. They
   * decide the assurance level of the session. Default: none, level 1. Pass a method only if this sign-in has
   * verified it.
   */
  readonly methods?: readonly (AuthenticationMethod | UsedMethod)[]
  /**
   * The token that the client presented, if any. Its session ends with reason `signed-in-again`
   * (session fixation, ASVS 5.0 V7.2.4).
   */
  readonly presentedToken?: string | null
  /** Uses the longer timeouts of remembered sessions. Default `false`. */
  readonly remember?: boolean
  /** A flash for the first request of the session, stored in the same write. Default: none. */
  readonly flash?: Flash
  /** Initial data. Default: the `initial` of the data option. */
  readonly data?: Data
  /**
   * The time before the credentials were checked, by the same clock. The sign-in is refused if all
   * of the user's sessions were ended at or after it, so that a concurrent password change also
   * stops a sign-in with the old password. Default: not checked.
   */
  readonly credentialsCheckedAt?: Instant
}

export interface StepUp {
  /** Confirmed even if it differs from the one at sign-in. Without it, `client-changed` remains. */
  readonly client?: Client
  /**
   * What the user has authenticated with, added to the methods of the session; the latest instant of each
   * counts. Default: none, so that the level stays and only `authenticatedAt` changes.
   */
  readonly methods?: readonly (AuthenticationMethod | UsedMethod)[]
}

/** A refused sign-in changes nothing: the presented session stays active. */
export type SignInOutcome<Data> =
  | ({ readonly status: 'signed-in' } & IssuedSession<Data>)
  | { readonly status: 'refused'; readonly reason: SignInRejection }

/** The last step of a sign-in. The caller has counted an attempt and then checked the factor. */
export interface PendingSignInCompletion<Data>
  extends Pick<SignIn<Data>, 'client' | 'presentedToken' | 'flash' | 'data'> {
  /** How the user has authenticated in this step; at least one. */
  readonly methods: readonly (AuthenticationMethod | UsedMethod)[]
}

/** `refused` and `none` create no session. */
export type PendingSignInOutcome<Data> = SignInOutcome<Data> | NoPendingSignIn

/**
 * Sign-ins in more than one step. A pending sign-in is valid for ten minutes and for five factor checks, and
 * can be completed once. Its token is accepted by these methods only, and no session token is accepted here.
 *
 * The order is: `begin` after the first factor, `attempt` before each check of the next one, `complete` after
 * a correct one.
 *
 * Five attempts bound what the holder of one token can try. A client that knows the password can begin again,
 * so the app must also count the failures of each user.
 */
export interface PendingSignIns<Data> {
  /** Keeps the result of the first step. Of each user, the 20 newest pending sign-ins remain. */
  begin(request: PendingSignInRequest): Promise<PendingSignInStart>

  /** Returns the pending sign-in of a token, for the page that asks for the next factor. Counts nothing. */
  find(token: string | null | undefined): Promise<PendingSignInLookup>

  /**
   * Counts one attempt, before the factor is checked: five are allowed, however many arrive concurrently. The
   * `client` is for the event that reports the sixth. Check nothing unless it is `allowed`. Rejects with
   * `invalid-argument` in a transaction of the app: a rollback would undo the count.
   */
  attempt(token: string | null | undefined, client?: Client): Promise<PendingSignInAttempt>

  /**
   * Creates the session, with the methods of all steps, `remember` of the first, and everything that `signIn`
   * does, and removes the pending sign-in in the same store operation: exactly one of several concurrent calls
   * succeeds. Refused as `credentials-outdated`, or `none` as `ended`, if all sessions or pending sign-ins of
   * the user were ended meanwhile. A call that is refused, or that rejects because the store fails, keeps
   * the pending sign-in. Rejects with `invalid-argument` if no attempt was counted before: the number of
   * guesses would be unlimited.
   */
  complete(
    token: string | null | undefined,
    completion: PendingSignInCompletion<Data>,
  ): Promise<PendingSignInOutcome<Data>>

  /** Removes the pending sign-in. Returns `false` if there is none. */
  cancel(token: string | null | undefined): Promise<boolean>

  /**
   * Ends all pending sign-ins of a user and returns how many: call it with every change of a factor,
   * `Sessions.transaction` allows it in the same transaction. One whose first credentials were checked before
   * can never be completed, also if it is being added at this moment. `revokeAllForUser` includes it.
   */
  endForUser(userId: UserId): Promise<number>
}

export interface Rotation {
  /**
   * How long the old secret is still accepted, 0 to one minute. With 0, the default, it is invalid
   * immediately, and the CSRF secret is replaced too, so that open forms stop working. With a grace
   * period, for periodic rotation under parallel requests, open forms keep working. In the first 10
   * seconds after the rotation, a rejected request counts as one in flight, afterwards as theft.
   */
  readonly grace?: Duration
}

/** A refused rotation changes nothing. */
export type RotationOutcome<Data> =
  | ({ readonly status: 'rotated' } & IssuedSession<Data>)
  /** Not active, or a concurrent rotation succeeded: its response carries the new token. */
  | { readonly status: 'refused' }

/** Keys of session data to set. A key with value `undefined` is removed. */
export type DataChanges<Data> = { readonly [Key in keyof Data]?: Data[Key] | undefined }

export interface Revocation {
  /**
   * A built-in reason or your own: 1 to 64 characters of a-z, 0-9 and -. Not a timeout, which only the
   * library finds. It is stored, and appears in events and verifications.
   */
  readonly reason: Exclude<BuiltInEndReason, Expiry> | OwnEndReason
  /** Id of the user who ended it. Default: the library itself (`null`). */
  readonly by?: UserId | null
}

export interface UserRevocation extends Revocation {
  /** A session that stays active, for "sign out my other devices". */
  readonly except?: string | null
}

/** Number of sessions that a sweep ended and deleted. */
export interface SweepOutcome {
  readonly expired: number
  readonly purged: number
}

/** The operations that are also available in a transaction of the app: see `Sessions.transaction`. */
export interface SessionOperations<Data> {
  /** Creates a session, ends the presented one and applies the cap, in one store operation. */
  signIn(signIn: SignIn<Data>): Promise<SignInOutcome<Data>>

  /** Sign-ins in more than one step, such as a password and then a second factor. */
  readonly pendingSignIns: PendingSignIns<Data>

  /** Replaces the secret of a session; the id stays. One of two concurrent calls succeeds. */
  rotate(token: string, rotation?: Rotation): Promise<RotationOutcome<Data>>

  /**
   * Records that the user has authenticated again; check the credentials first. Sets
   * `authenticatedAt`, restarts both timeouts (SP 800-63B-4 section 5.2) and replaces the secret
   * (ASVS 5.0 V7.2.4). The old secret is accepted for another 10 seconds, without the new
   * authentication and without its methods. Open forms keep working. One of two concurrent calls succeeds.
   */
  stepUp(token: string, stepUp?: StepUp): Promise<RotationOutcome<Data>>

  /**
   * Ends a session of the user, for a "sign out this device" button. Once it returns, the token is
   * invalid in every process; with the `cache` option, as stated there. Returns the session if this
   * call ended it, or `null` if the user has no such session or it had already ended.
   */
  revoke(userId: UserId, id: string, revocation: Revocation): Promise<EndedSession | null>

  /**
   * As `revoke`, for the session of any user: for administrators. An id from a request could name
   * the session of any user.
   */
  revokeSessionOfAnyUser(id: string, revocation: Revocation): Promise<EndedSession | null>

  /**
   * Ends all sessions of a user, or all but one, and all pending sign-ins. Sign-ins whose credentials were
   * checked before are refused.
   */
  revokeAllForUser(userId: UserId, revocation: UserRevocation): Promise<readonly EndedSession[]>

  /** The user's active sessions, newest first. */
  listForUser(userId: UserId): Promise<readonly Session<Data>[]>

  /**
   * Changes the given keys of the session data. Returns all data as stored, a copy that no other caller
   * has, including concurrent changes of other keys; `null` if the session has ended. A key with value
   * `undefined` is removed.
   *
   * Any number of parallel calls, in any processes, take effect, in each process in the order of the calls.
   * Those of one process that wait for the same session are combined, up to 100 in one write.
   */
  saveData(id: string, changes: DataChanges<Data>): Promise<Data | null>

  /** Adds a flash for the next request. Returns `false` if the session has ended. */
  addFlash(id: string, flash: Flash): Promise<boolean>

  /** Removes and returns the flashes, oldest first. Each is returned to one caller only. */
  takeFlashes(id: string): Promise<readonly Flash[]>

  /**
   * Marks the session as suspicious: authentications up to `at` (default: now) no longer count as
   * recent, so sensitive operations require a step-up, which clears the mark. The session stays
   * active (SP 800-63B-4 section 5.3). Takes effect with the next verification from the store, in every
   * process. Returns `false` if the session has ended. The latest of several instants counts.
   */
  requireStepUp(id: string, at?: Instant): Promise<boolean>
}

/**
 * The operations on sessions. Every method rejects with `SessionError` of a `StoreFailureCode`
 * if the store fails (`isStoreFailure`): answer 503 and keep the cookie, because the session may be valid.
 *
 * An id may be any text, such as a route parameter: a text that is no session id names no session. Only
 * a session token in place of its id is a mistake, which rejects with `invalid-argument`.
 */
export interface Sessions<Data> extends SessionOperations<Data> {
  /**
   * Decides whether a token is valid. A missing or malformed token does not reach the store; any
   * other causes at most one read, or two with the cache if a change outdates the read it joined.
   * The only write ends a session whose replaced secret is presented (see `onSecretReuse`).
   * Activity is recorded and written later, in batches. With the `cache` option, an active session
   * may be served from the cache; see there for the consequences. Without a client IP address the
   * result is never `throttled`.
   */
  verify(
    token: string | null | undefined,
    client?: Client,
    options?: VerifyOptions,
  ): Promise<Verification<Data> | Throttled>

  /**
   * Whether a response may expire the cookie with this token. A late response to an old cookie must not
   * delete a newer one that the browser has received meanwhile. So only if the store says that the
   * session has ended, its secret was not replaced since the token was issued, and no sign-in has
   * presented the token. Never for a malformed or unknown token. Decide directly before responding.
   */
  mayExpireCookie(token: string): Promise<boolean>

  /**
   * Runs `work`, in which sessions change in transactions of the app: a new user and the first session, or
   * a new password and the end of all sessions, are committed together or not at all. `work` must begin
   * and end the transactions itself, and may be called by nothing else:
   *
   * ```ts
   * const outcome = await sessions.transaction((within) =>
   *   db.transaction().execute(async (trx) => {
   *     await trx.insertInto('users').values({ id: userId }).execute()
   *     return within(trx).signIn({ userId })
   *   }),
   * )
   * ```
   *
   * `within` accepts an open transaction on the store's database; see the guide on drivers. An operation
   * that fails rejects, and leaves the transaction as it was before. Send a token to the client only
   * after `transaction` has resolved. Only then are events reported, and does the cache of this process
   * drop what has changed; other processes are notified by the commit. If `work` rejects, events of
   * changes are dropped. Until the transaction ends, other operations on its users and sessions wait, up
   * to two seconds on PostgreSQL, so keep it short. A transaction that changes several users must do so in the
   * same order everywhere, or two of them can deadlock: the database then fails one of them.
   *
   * Rejects with `invalid-argument` if the store has no transactions.
   */
  transaction<Result>(
    work: (within: (transaction: object) => SessionOperations<Data>) => Promise<Result>,
  ): Promise<Result>

  /**
   * Calls back once when the session has ended, for what outlives a request: a WebSocket, an event
   * stream. Returns a function that stops that; call it when the socket closes. A session that has
   * already ended is reported too.
   *
   * Immediately, if this process ends the session (also by signing the user in again, by a password
   * change or by the session cap). If another process ends it: with the `cache` option when the channel
   * delivers it, usually within milliseconds, otherwise within 10 seconds, in which each watched session
   * is read once. A timeout is reported when it is reached; an idle timeout one minute later, because
   * another process may not have written recent activity yet. Activity on the socket does not count as
   * activity of the session: send a request now and then while the user is active.
   *
   * Never reported: a rotation, a step-up, a failing store (the session may be active; it is read again
   * until the store responds), a record that cannot be read, and `close`. An error of the callback is
   * ignored. Throws `closed` after `close`.
   */
  onEnd(id: string, callback: (reason: SessionEnd) => void): () => void

  /**
   * Ends expired sessions, deletes those that ended before the retention time, and removes expired pending
   * sign-ins, in batches.
   */
  sweep(): Promise<SweepOutcome>

  /**
   * Counts the sessions that have not ended: the active ones, and those past a timeout that no sweep has ended yet. In
   * pages, so that no statement takes long and requests run between them; for a large table the number is that of the
   * duration of the count, not of an instant. `null` if the store cannot count.
   */
  count(): Promise<number | null>

  /**
   * Writes all recorded activity. Without this call, activity is written at most once per second:
   * every ten seconds for a session in constant use, and after its last use.
   */
  flushActivity(): Promise<void>

  /** Returns `null` without a cache. */
  cacheStatistics(): CacheStatistics | null

  /**
   * Sweeps at every interval until `close`. On PostgreSQL, one process sweeps for all until the
   * next interval. On SQLite, each process sweeps.
   */
  startSweeping(): void

  /**
   * Stops timers, lets a sweep finish its batch, writes recorded activity, and unsubscribes from the
   * revocation channel. Methods that use the store then reject with `closed`.
   */
  close(): Promise<void>
}
