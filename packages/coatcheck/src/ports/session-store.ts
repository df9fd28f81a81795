import type { SignInRejection } from '../domain/events.ts'
import type {
  EndReason,
  Expiry,
  SecretHash,
  SessionId,
  SessionRecord,
  UserId,
} from '../domain/session.ts'
import type { Instant, Milliseconds } from '../domain/time.ts'

/** How an ending is written down. */
export interface Ending {
  readonly reason: EndReason
  readonly at: Instant
  /** Who ended it, or `null` for the library itself. */
  readonly by: UserId | null
}

/** A session that an operation ended. */
export interface EndedSession {
  readonly id: SessionId
  readonly userId: UserId
  readonly reason: EndReason
}

/** How many sessions of one user may be live at once, and what gives way. */
export interface SessionCap {
  /** At least 1. */
  readonly limit: number
  readonly whenFull: 'evict-oldest' | 'refuse'
}

/** A session to add, and what the store decides in the same step. */
export interface SessionInsertion {
  /** A record that has not ended. */
  readonly record: SessionRecord
  /**
   * A session to end in the same step as `signed-in-again`; ignored if it
   * is not there or has ended.
   */
  readonly replaces: SessionId | null
  readonly cap: SessionCap | null
  /**
   * When the user's credentials began to be checked. The insertion is refused if all of the user's
   * sessions were ended at or after this instant. `null` skips the question.
   */
  readonly credentialsCheckedAt: Instant | null
}

/** What became of an insertion. When refused, nothing has changed. */
export type InsertOutcome =
  | { readonly status: 'inserted'; readonly ended: readonly EndedSession[] }
  | { readonly status: 'refused'; readonly reason: SignInRejection }

/** A change of the secret, from the one that must be in force. */
export interface SecretReplacement {
  /** The secret hash that must be in force. */
  readonly from: SecretHash
  readonly to: SecretHash
  /** A new CSRF secret, or `null` to keep the one there is. */
  readonly csrfSecret: Uint8Array | null
  /**
   * Set where the person has just proved who they are, at `at`: that becomes `authenticatedAt` and
   * the last activity, and `expiresAt` the absolute deadline. `null` leaves all three as they are.
   */
  readonly authentication: { readonly expiresAt: Instant } | null
  /** Until when `from` is still accepted: `at` itself for no grace. */
  readonly previousExpiresAt: Instant
  readonly at: Instant
}

/** A change of the data, from the version that must be in force. */
export interface DataReplacement {
  /** The data version that must be in force. */
  readonly from: number
  /** What to put there: text without NUL. */
  readonly data: string
}

/** That a session was used at an instant. */
export interface Activity {
  readonly id: SessionId
  readonly at: Instant
}

/** One page of the walk through all sessions that ends those past a timeout. */
export interface ExpirySweep {
  readonly at: Instant
  /**
   * How long past its idle deadline a session must be before it is ended, so that activity which
   * another process has yet to write is not cut short.
   */
  readonly idleGrace: Milliseconds
  /** How many sessions to look at, at most. */
  readonly limit: number
  /** Where the previous call said to go on, or `null` to begin. */
  readonly cursor: string | null
}

/** That a process would begin the walk through all sessions. */
export interface SweepClaim {
  readonly at: Instant
  /** How long ago the last one must have begun. */
  readonly interval: Milliseconds
}

/** What one page came to. */
export interface ExpirySweepOutcome {
  readonly ended: readonly (EndedSession & { readonly reason: Expiry })[]
  /** Where to go on, or `null` when every session has been looked at. */
  readonly next: string | null
}

/**
 * Keeps session records. Every sentence here is a case of the store contract suite.
 *
 * A store reads no clock: instants are passed in. It judges expiry only where an operation says so.
 * An absent record is an answer; only a failing backend rejects, with `SessionError` of code
 * `store-unavailable` (or `corrupt-record` where a record cannot be read).
 *
 * Each operation is atomic, whatever runs beside it in this process or another. A session that has
 * ended never changes again, and nothing but `purge` removes one.
 *
 * Ids and user ids are opaque text of up to 255 characters without NUL; they are matched exactly,
 * byte for byte. `data` is text of any length and content but NUL, and comes back as it was given.
 */
export interface SessionStore {
  /**
   * How many sessions the sweep should have one call look at, or remove, 1 to 10 000: so few that
   * nobody waits long for the call to end. Default 1 000.
   */
  readonly sweepBatch?: number

  /**
   * Adds a session. In the same step it ends the one it `replaces` and, where the user then has
   * more live sessions than the cap allows, either ends the oldest by `createdAt` as `session-cap`
   * until the new one fits, or refuses and changes nothing. Live means not ended and within both
   * timeouts at the record's `createdAt`. The cap holds however many insertions run at once.
   * Returns the sessions it ended; all of them end at the record's `createdAt`, by `null`. An id
   * that is in use rejects with `id-in-use` and changes nothing.
   */
  insert(insertion: SessionInsertion): Promise<InsertOutcome>

  /** Returns the record, expired or ended or not, or `null` when there is none. */
  find(id: SessionId): Promise<SessionRecord | null>

  /**
   * Returns the user's sessions that are live at `at`, newest first by `createdAt`, then by id
   * ascending. A record that cannot be read is left out: it opens nothing, and must not hide those
   * beside it.
   */
  listByUser(userId: UserId, at: Instant): Promise<readonly SessionRecord[]>

  /**
   * Replaces the secret: `from` becomes `previousSecretHash`, `previousExpiresAt` becomes
   * `previousSecretExpiresAt`, `at` becomes `rotatedAt`; with an authentication, the clocks start
   * anew (activity never moves back). Returns `false` and changes nothing when there is no such
   * session, it has ended, it is past a timeout at `at`, or `from` is no longer its secret hash: of
   * two replacements from one secret exactly one succeeds.
   */
  replaceSecret(id: SessionId, replacement: SecretReplacement): Promise<boolean>

  /**
   * Replaces the data and counts the version up by one. Returns `false` and changes nothing when
   * there is no such session, it has ended, or `from` is not its data version.
   */
  replaceData(id: SessionId, replacement: DataReplacement): Promise<boolean>

  /**
   * Moves `lastActivityAt` of each session forward to its instant, in one step for the whole batch.
   * An absent or ended session, one past a timeout at that instant, an earlier instant, and one
   * less than `precision` ahead of what is stored change nothing. Of several instants for one
   * session the latest counts. Returns the ids that it did not move, each once, in any order: what
   * a process believes of those is not what is stored.
   */
  touch(activities: readonly Activity[], precision: Milliseconds): Promise<readonly SessionId[]>

  /** Ends the session. Returns it if this call ended it, else `null` (absent, or ended already). */
  end(id: SessionId, ending: Ending): Promise<EndedSession | null>

  /**
   * Ends every session of the user that has not ended, except `except`, and returns them. From then
   * on an insertion for the user whose `credentialsCheckedAt` is not after `ending.at` is refused.
   */
  endByUser(
    userId: UserId,
    ending: Ending,
    except: SessionId | null,
  ): Promise<readonly EndedSession[]>

  /**
   * Looks at up to `limit` sessions and ends those past their absolute deadline at `at`, or past
   * their idle deadline by `idleGrace`, with that timeout as the reason (the absolute one if both),
   * at `at`, by `null`.
   * Following `next` until it is `null` looks at every session that was there at the start. Runs in
   * any number of processes at once: each session is ended, and returned, by one of them only.
   */
  endExpired(sweep: ExpirySweep): Promise<ExpirySweepOutcome>

  /**
   * Whether the caller may begin a sweep at `at`: not within `pause` of one that was allowed to begin
   * before. Of any number that ask at once one may. A beginning further ahead than `pause` is taken
   * for that of a wrong clock, and forgotten. Left out by stores of which every process sweeps alone.
   */
  claimSweep?(claim: SweepClaim): Promise<boolean>

  /** Removes up to `limit` sessions that ended before `endedBefore`. Returns how many. */
  purge(endedBefore: Instant, limit: number): Promise<number>
}
