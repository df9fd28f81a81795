import type { InsertRejection } from '../domain/events.ts'
import type {
  PendingSignInId,
  PendingSignInKey,
  PendingSignInRecord,
} from '../domain/pending-sign-in.ts'
import type {
  EndReason,
  Expiry,
  SecretHash,
  SessionId,
  SessionRecord,
  UserId,
} from '../domain/session.ts'
import type { Instant, Milliseconds } from '../domain/time.ts'

/** How a session ends. */
export interface Ending {
  readonly reason: EndReason
  readonly at: Instant
  /** Id of the user who ended it, or `null` for the library itself. */
  readonly by: UserId | null
}

/** A session that an operation ended. */
export interface EndedSession {
  readonly id: SessionId
  readonly userId: UserId
  readonly createdAt: Instant
  readonly reason: EndReason
}

/** How many live sessions a user may have, and what happens beyond that. */
export interface SessionCap {
  /** At least 1. */
  readonly limit: number
  readonly whenFull: 'evict-oldest' | 'refuse'
}

/** A session to add, and what the store decides atomically with it. */
export interface SessionInsertion {
  /** A record that has not ended. */
  readonly record: SessionRecord
  /**
   * A session to end atomically as `signed-in-again`. If it has ended already, it keeps its reason; see
   * `hasEndedWithoutSuccessor`. Ignored if it is missing.
   */
  readonly replaces: SessionId | null
  /**
   * The pending sign-in that becomes this session: it is removed atomically. The insertion is refused unless
   * it exists with this secret hash and the user of the record, has not expired at `createdAt`, and at
   * least one attempt was counted. `null` for a sign-in in one step.
   */
  readonly completes: PendingSignInKey | null
  readonly cap: SessionCap | null
  /**
   * When the check of the user's credentials started, by the clock of the record's `createdAt`. The
   * insertion is refused if all of the user's sessions were ended at or after this instant. `null`
   * skips this check.
   */
  readonly credentialsCheckedAt: Instant | null
}

/** The result of an insertion. If refused, nothing has changed. */
export type InsertOutcome =
  | { readonly status: 'inserted'; readonly ended: readonly EndedSession[] }
  | { readonly status: 'refused'; readonly reason: InsertRejection | 'pending-sign-in-ended' }

/** What a step-up changes. Each method occurs once in a list. */
export interface Authentication
  extends Pick<SessionRecord, 'expiresAt' | 'methods' | 'previousMethods'> {}

/** A pending sign-in to add. */
export interface PendingSignInAddition {
  readonly record: PendingSignInRecord
  /** One of any user that the same client has presented, which is removed. Ignored if it is missing. */
  readonly replaces: PendingSignInKey | null
}

/** A factor check that is about to start. */
export interface PendingSignInCount {
  /** Checks that are allowed. */
  readonly limit: number
  readonly at: Instant
}

export interface SecretReplacement {
  /** The secret hash that must be current. */
  readonly from: SecretHash
  readonly to: SecretHash
  /** A new CSRF secret, or `null` to keep the current one. */
  readonly csrfSecret: Uint8Array | null
  /**
   * Set if the user authenticated at `at`, which becomes `authenticatedAt` and the last activity;
   * `expiresAt` becomes the absolute deadline, `methods` and `previousMethods` those of the session. `null`
   * keeps all of them.
   */
  readonly authentication: Authentication | null
  /** Until when `from` is still accepted; `at` for no grace. */
  readonly previousExpiresAt: Instant
  readonly at: Instant
}

/**
 * Computes the data to store from the current record: text without NUL, or `null` to leave the data as it
 * is. Synchronous, without effects outside: a store may call it again, and the last call counts.
 */
export type DataUpdate = (record: SessionRecord) => string | null

/** The use of a session at an instant. */
export interface Activity {
  readonly id: SessionId
  readonly at: Instant
}

/** One page of the iteration over all sessions that ends the expired ones. */
export interface ExpirySweep {
  readonly at: Instant
  /**
   * How long past its idle deadline a session must be, because another process may have activity that
   * it has not written yet.
   */
  readonly idleGrace: Milliseconds
  /** Maximum number of sessions to check. */
  readonly limit: number
  /** `next` of the previous page, or `null` for the first. */
  readonly cursor: string | null
}

/** One page of a count of all sessions that have not ended. */
export interface SessionCountPage {
  /** Maximum number of sessions to count, 1 to 10 000. */
  readonly limit: number
  /** `next` of the previous page, or `null` for the first. */
  readonly cursor: string | null
}

export interface SessionCount {
  readonly count: number
  /** The cursor of the next page, or `null` after the last. */
  readonly next: string | null
}

/** A process's claim to start a sweep. */
export interface SweepClaim {
  readonly at: Instant
  /** Minimum time since the start of the previous sweep. */
  readonly interval: Milliseconds
}

export interface ExpirySweepOutcome {
  readonly ended: readonly (EndedSession & { readonly reason: Expiry })[]
  /** The cursor of the next page, or `null` after the last. */
  readonly next: string | null
}

/**
 * Stores session records. Every sentence here is a case of the store contract suite.
 *
 * Instants are passed in. A store evaluates expiry only where an operation says so, and reads its own
 * clock, that of the database, only to bound an instant from a process whose clock may be ahead.
 * A missing record is a normal result; only a failing backend rejects, with `SessionError` of a
 * `StoreFailureCode` (or `corrupt-record` for a record that cannot be read). Its message says what to do,
 * and neither it nor its causes contain parameters, hashes or passwords.
 *
 * Each operation is atomic, also across processes. A session that has ended never changes again. Only
 * `purge` and `insert` remove one.
 *
 * No operation waits forever. One that changes a user or a session which another transaction keeps
 * locked rejects with `store-unavailable` within seconds, and leaves nothing waiting in the database;
 * meanwhile, operations on other users and sessions are not delayed. Each store tests this itself.
 *
 * Ids and user ids are opaque text of up to 255 characters without NUL, matched byte for byte. A store
 * whose column of user ids has another type, such as `uuid`, takes every spelling of a user id and
 * returns one, rejects an insertion with `invalid-argument` for a user id that is not of the type, and has
 * no sessions for it. `data` is text of any length and content without NUL, and is returned unchanged. A
 * reason is 1 to 64 characters of a-z, 0-9 and -: not a fixed list, because applications have their own.
 */
export interface SessionStore {
  /**
   * How many sessions the sweep should check or remove per call, 1 to 10 000: few enough that other
   * operations do not wait long. Default 1 000.
   */
  readonly sweepBatch?: number

  /**
   * Adds a session. Atomically ends the one it `replaces` and, if the user then has more live sessions
   * than the cap allows, either ends the oldest by `createdAt` as `session-cap` until the new one
   * fits, or refuses and changes nothing. Live means not ended and within both timeouts at the
   * record's `createdAt`. The cap holds for concurrent insertions too. Returns the sessions it ended,
   * all at the record's `createdAt`, by `null`. Rejects with `id-in-use` and changes nothing if the id
   * is in use. If `createdAt` is ahead of the store's clock, `credentialsCheckedAt` counts as earlier by
   * as much. Stores the methods, also the previous ones, in their order. Every record that the store returns
   * has the `assuranceLevel` that follows from its methods (`assuranceLevelOf`), whatever the inserted one said.
   * Rejects with `invalid-argument`, as `replaceSecret` does, a list with an unknown method, with one that occurs
   * twice, or with an instant that is not whole.
   *
   * A pending sign-in that it `completes` is removed in the same step: of any number of concurrent insertions
   * that complete one, exactly one succeeds. The others are refused as `pending-sign-in-ended`.
   *
   * Bounds what one user can store: of the user's ended sessions it keeps the 100 that ended last, and
   * removes up to 1 000 others, whatever their reason. One that it has ended itself is removed only if
   * it ended more than 100.
   */
  insert(insertion: SessionInsertion): Promise<InsertOutcome>

  /**
   * Returns the user id as the records of the store contain it, or `null` if no user can have it. Two
   * spellings of one user have the same. Optional: by default, a user id has one spelling.
   */
  normalizeUserId?(userId: UserId): Promise<UserId | null>

  /** Returns the record, even if it has expired or ended, or `null` if there is none. */
  find(id: SessionId): Promise<SessionRecord | null>

  /**
   * Returns the user's sessions that are live at `at`, newest first by `createdAt`, then by id
   * ascending. Omits records that cannot be read, which do not authenticate and must not hide the
   * others.
   */
  listByUser(userId: UserId, at: Instant): Promise<readonly SessionRecord[]>

  /**
   * Replaces the secret: `from` becomes `previousSecretHash`, `previousExpiresAt` becomes
   * `previousSecretExpiresAt`, `at` becomes `rotatedAt`; an authentication restarts both timeouts
   * (activity never moves back) and replaces the methods, from which the level follows; without one, they
   * stay. Returns `false` and changes nothing if there is no such session, it
   * has ended, it is past a timeout at `at`, or `from` is no longer its secret hash: exactly one of
   * two replacements from the same secret succeeds.
   */
  replaceSecret(id: SessionId, replacement: SecretReplacement): Promise<boolean>

  /**
   * Replaces the data by what `update` returns for the record and increments the version. Returns `false`
   * without calling `update` if there is no such session or it has ended. If `update` throws a
   * `SessionError`, rejects with it and changes nothing.
   *
   * No other change of the session comes between what `update` sees and the write, in any process:
   * concurrent updates wait for each other. Each takes effect once, however many there are; none is refused
   * because of the others. Without a lock that waits, such as that of a row or of a transaction, a store
   * repeats a compare-and-swap on `dataVersion`, with a random pause between attempts, until the bound on
   * waiting above.
   */
  updateData(id: SessionId, update: DataUpdate): Promise<boolean>

  /**
   * Moves `lastActivityAt` of each session forward to its instant, atomically for each session.
   * Changes nothing for a missing or ended session, one past a timeout at that instant, one that stays
   * locked by another transaction, and an instant that is earlier than the stored one or less than
   * `precision` ahead of it. The latest of several instants for one session counts. Returns the ids
   * that it did not move, each once, in any order.
   */
  touch(activities: readonly Activity[], precision: Milliseconds): Promise<readonly SessionId[]>

  /**
   * Whether the session has ended, or is past a timeout at the store's current time, and no insertion has
   * named it as the one it `replaces`. `false` for a missing session. The answer never changes back once
   * there is such an insertion, as long as its session is stored. Optional: without it the cookies of
   * ended sessions are kept.
   */
  hasEndedWithoutSuccessor?(id: SessionId): Promise<boolean>

  /** Ends the session. Returns it if this call ended it, else `null` (missing or already ended). */
  end(id: SessionId, ending: Ending): Promise<EndedSession | null>

  /**
   * Ends every session of the user that has not ended, except `except`, and returns them. Afterwards
   * refuses insertions for the user whose `credentialsCheckedAt` is not after `ending.at`, or not after
   * the store's current time if that is earlier: a clock that is ahead must not block sign-ins. For the
   * same reason, it ignores a stored instant that is more than a minute ahead. Removes all pending sign-ins
   * of the user too.
   */
  endByUser(
    userId: UserId,
    ending: Ending,
    except: SessionId | null,
  ): Promise<readonly EndedSession[]>

  /**
   * Adds a pending sign-in and removes the one that it `replaces`, or returns `false` and changes nothing:
   * all sessions or all pending sign-ins of the user were ended at or after its `credentialsCheckedAt`
   * (with the same bounds as in `insert`). Of each user, it keeps the 20 newest by `createdAt` and removes
   * the others. Rejects with `id-in-use` if there is a pending sign-in with this id. Pending sign-ins and
   * sessions have separate ids: no operation on sessions finds a pending sign-in, and the reverse.
   */
  addPendingSignIn(addition: PendingSignInAddition): Promise<boolean>

  /** Returns the pending sign-in, even if it has expired, or `null` if there is none. */
  findPendingSignIn(id: PendingSignInId): Promise<PendingSignInRecord | null>

  /**
   * Counts a factor check that is about to start, and returns the record with the new number. `null`, and
   * nothing changes, if there is no such pending sign-in with this secret hash, it has expired at `at`, or
   * more than `limit` were counted. Of any number of concurrent calls, `limit` return at most `limit`
   * attempts, and one returns `limit + 1`.
   */
  countPendingSignInAttempt(
    key: PendingSignInKey,
    count: PendingSignInCount,
  ): Promise<PendingSignInRecord | null>

  /** Removes a pending sign-in. Returns `false` if there is none with this secret hash. */
  removePendingSignIn(key: PendingSignInKey): Promise<boolean>

  /**
   * Removes all pending sign-ins of the user and returns how many. Afterwards refuses to add one whose
   * `credentialsCheckedAt` is not after `at`, with the same bounds as in `endByUser`.
   */
  endPendingSignIns(userId: UserId, at: Instant): Promise<number>

  /**
   * Checks up to `limit` sessions and ends those past their absolute deadline at `at`, or past their
   * idle deadline by `idleGrace`, with that timeout as the reason (the absolute one if both), at `at`,
   * by `null`. If `at` is ahead of the store's clock, the store's current time replaces it: a clock that
   * is ahead must not end the sessions of others. Following `next` until it is `null` checks every session that existed at the start. May
   * run in several processes concurrently: exactly one of them ends and returns each session.
   */
  endExpired(sweep: ExpirySweep): Promise<ExpirySweepOutcome>

  /**
   * Counts up to `limit` sessions that have not ended, without reading them; whether they are past a timeout does not
   * matter. Following `next` until it is `null` counts every session that exists and has not ended during the whole
   * count, and none twice. `null` if the store cannot count. Optional: without it, the number of sessions is unknown.
   */
  countUnended?(page: SessionCountPage): Promise<SessionCount | null>

  /**
   * Whether the caller may start a sweep at `at`: not within `interval` of the start of an earlier
   * one. Exactly one of several concurrent callers may. A stored start more than `interval` in the
   * future is attributed to a wrong clock and ignored. Optional: without it every process sweeps.
   */
  claimSweep?(claim: SweepClaim): Promise<boolean>

  /**
   * The current time by the store's own clock, to the millisecond; `null` if it uses the clock of this
   * machine. Optional: without it, the difference between the clocks is not measured.
   */
  currentTime?(): Promise<Instant | null>

  /** Removes up to `limit` sessions that ended before `endedBefore`. Returns how many. */
  purge(endedBefore: Instant, limit: number): Promise<number>

  /**
   * Removes up to `limit` pending sign-ins that expired before the instant, or before the store's current
   * time if that is earlier. Returns how many.
   */
  purgePendingSignIns(expiredBefore: Instant, limit: number): Promise<number>

  /**
   * Returns a store whose operations are part of a transaction that the app has open on its connection.
   * Nothing is visible to others before the app commits, and nothing remains if it rolls back. Guarantees
   * and locks are the same: an operation waits for another transaction that has changed the same user or
   * session, and others wait for this one. An operation that fails changes nothing, and the transaction
   * can continue. Operations run one after another. Throws `invalid-argument`, or each operation rejects
   * with it, if this is no open transaction of a kind that the store knows. Optional: without it,
   * `Sessions.transaction` is rejected.
   */
  within?(transaction: object): SessionStore
}
