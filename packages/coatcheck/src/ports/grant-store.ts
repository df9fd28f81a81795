import type { AccessTokenRecord, GrantEndReason, GrantId, GrantRecord } from '../domain/grant.ts'
import type { Expiry, SecretHash, UserId } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'

/** How a grant ends. */
export interface GrantEnding {
  readonly reason: GrantEndReason
  readonly at: Instant
  /** Id of the user who ended it, or `null` for the library or the client. */
  readonly by: UserId | null
}

/** A grant that an operation ended. */
export interface EndedGrant {
  readonly id: GrantId
  readonly userId: UserId
  readonly clientId: string
  readonly reason: GrantEndReason
}

/** A grant to add, and what the store decides atomically with it. */
export interface GrantInsertion {
  /** A record that has not ended. */
  readonly record: GrantRecord
  /**
   * When the user consented, by the clock of the record's `createdAt`. The insertion is refused if all grants of the user
   * were ended at or after this instant: an authorization code does not outlive a password reset.
   */
  readonly authorizedAt: Instant
  /** Live grants of one user to one client. Beyond that, the oldest end as `grant-cap`. At least 1. */
  readonly limit: number
}

/** The result of an insertion. If refused, nothing has changed. */
export type GrantInsertOutcome =
  | { readonly status: 'inserted'; readonly ended: readonly EndedGrant[] }
  | { readonly status: 'refused'; readonly reason: 'authorization-outdated' }

/** A refresh: the current refresh token is replaced, and a new access token is issued. */
export interface GrantRotation {
  /** The hash that must be current. */
  readonly from: SecretHash
  readonly to: SecretHash
  readonly accessToken: AccessTokenRecord
  readonly salt: Uint8Array
  readonly at: Instant
  readonly graceExpiresAt: Instant
}

/** One page of the iteration over all grants that ends the expired ones. */
export interface GrantSweep {
  readonly at: Instant
  /** Maximum number of grants to check. */
  readonly limit: number
  /** `next` of the previous page, or `null` for the first. */
  readonly cursor: string | null
}

export interface GrantSweepOutcome {
  readonly ended: readonly (EndedGrant & { readonly reason: Expiry })[]
  /** The cursor of the next page, or `null` after the last. */
  readonly next: string | null
}

/**
 * Stores grants. Every sentence here is a case of the grant store contract suite.
 *
 * Instants are passed in. A missing record is a normal result; only a failing backend rejects, with `SessionError` of a
 * `StoreFailureCode` (or `corrupt-record`). Each operation is atomic, also across processes. A grant that has ended never
 * changes again; only `purge` and `insert` remove one. Ids, user ids and client ids are opaque text of up to 255 characters without
 * NUL, matched byte for byte, with the same rule for typed user keys as in `SessionStore`. No operation waits forever.
 *
 * Every change of a grant except its creation is reported by the revocation channel of the sessions in the same database,
 * with the id of the grant.
 */
export interface GrantStore {
  /**
   * How many grants the sweep should check or remove per call, 1 to 10 000: few enough that other operations do not wait
   * long. Default 1 000.
   */
  readonly sweepBatch?: number

  /**
   * Returns the user id as the records of the store contain it, or `null` if no user can have it. Two spellings of one user
   * have the same. Optional: by default, a user id has one spelling.
   */
  normalizeUserId?(userId: UserId): Promise<UserId | null>

  /**
   * Adds a grant. Atomically ends the oldest live grants of this user to this client, by `createdAt`, until the new one
   * fits. The limit holds for concurrent insertions too. Rejects with `id-in-use` if the id is in use. If `createdAt` is
   * ahead of the store's clock, `authorizedAt` counts as earlier by as much.
   *
   * Bounds what one user can store: of the user's ended grants it keeps the 100 that ended last, and removes up to 1 000
   * others, whatever their reason and client. One that it has ended itself is removed only if it ended more than 100.
   */
  insert(insertion: GrantInsertion): Promise<GrantInsertOutcome>

  /** Returns the record, even if it has expired or ended, or `null` if there is none. */
  find(id: GrantId): Promise<GrantRecord | null>

  /**
   * Returns the user's grants that are live at `at`, newest first by `createdAt`, then by id ascending. Omits records that
   * cannot be read.
   */
  listByUser(userId: UserId, at: Instant): Promise<readonly GrantRecord[]>

  /**
   * Replaces the refresh token and the access token: the current access token becomes the previous one, `from` becomes
   * `rotation.previousSecretHash`, and `at` becomes `lastRefreshedAt` (never back). Returns `false` and changes nothing if
   * there is no such grant, it has ended, it is past a timeout at `at`, or `from` is no longer current: exactly one of two
   * rotations from the same token succeeds.
   */
  rotate(id: GrantId, rotation: GrantRotation): Promise<boolean>

  /** Ends the grant. Returns it if this call ended it, else `null` (missing or already ended). */
  end(id: GrantId, ending: GrantEnding): Promise<EndedGrant | null>

  /**
   * Ends every grant of the user that has not ended, and returns them. Afterwards refuses insertions for the user whose
   * `authorizedAt` is not after `ending.at`, or not after the store's current time if that is earlier.
   */
  endByUser(userId: UserId, ending: GrantEnding): Promise<readonly EndedGrant[]>

  /**
   * Ends up to `limit` grants of the client that have not ended, and returns them. Fewer than `limit` means that none is
   * left. For a client that was removed: the caller first stops issuing grants to it.
   */
  endByClient(clientId: string, ending: GrantEnding, limit: number): Promise<readonly EndedGrant[]>

  /**
   * Checks up to `limit` grants and ends those past a timeout at `at` (or at the store's current time, if that is earlier),
   * with that timeout as the reason (the absolute one if both). Following `next` until it is `null` checks every grant
   * that existed at the start. Exactly one of several concurrent sweeps ends and returns each grant.
   */
  endExpired(sweep: GrantSweep): Promise<GrantSweepOutcome>

  /** Removes up to `limit` grants that ended before `endedBefore`. Returns how many. */
  purge(endedBefore: Instant, limit: number): Promise<number>
}
