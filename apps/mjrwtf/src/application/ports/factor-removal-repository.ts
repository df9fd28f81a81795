import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** A removal of all second factors of a user that has not been carried out. */
export interface FactorRemoval {
  readonly userId: UserId
  /** Id of the administrator. */
  readonly requestedBy: UserId
  readonly requestedAt: Instant
  readonly dueAt: Instant
}

/** A pending removal, and the email of its user. */
export interface FactorRemovalLink extends FactorRemoval {
  readonly email: string
}

export type CanceledRemoval =
  | { readonly userId: UserId }
  /** Of the token in one of the emails. */
  | { readonly cancelHash: string }

/**
 * Stores the removals that administrators have requested, at most one for each user. A removal is pending until it is
 * canceled, carried out, or its user uses, adds or creates a factor or recovery codes after the request. Cancelling and
 * carrying out exclude each other: exactly one of them succeeds. Rejects with `RepositoryError` only.
 */
export interface FactorRemovalRepository {
  /**
   * Adds the removal in one statement. Returns `false` and changes nothing if the user has one already, or no second
   * factor.
   */
  add(removal: FactorRemoval & { readonly cancelHash: string }): Promise<boolean>
  /** Returns the pending removal of the user, or `null`. */
  find(userId: UserId): Promise<FactorRemoval | null>
  /** Returns the pending removal whose emails have the token with that hash, or `null`. */
  findByLink(cancelHash: string): Promise<FactorRemovalLink | null>
  /** Cancels the removal in one statement, and returns it. Of parallel calls exactly one does; the others return `null`. */
  cancel(target: CanceledRemoval): Promise<FactorRemoval | null>
  /** Cancels up to `limit` removals of users who have used a factor since, and returns them. No other call does. */
  cancelUnneeded(limit: number): Promise<readonly FactorRemoval[]>
  /** Returns up to `limit` pending removals that are due at `until` and whose users were not reminded. */
  findUnreminded(until: Instant, limit: number): Promise<readonly FactorRemoval[]>
  /**
   * Adds the token of the reminder. Of parallel calls exactly one returns `true`, in all processes: its caller sends the
   * email. The token of the first email stays valid. A removal that is due before `earliest` becomes due then.
   */
  addReminder(removal: FactorRemoval, cancelHash: string, earliest: Instant): Promise<boolean>
  /** Returns up to `limit` pending removals that are due at `now` and whose users were reminded. */
  findDue(now: Instant, limit: number): Promise<readonly FactorRemoval[]>
  /**
   * Removes all second factors and recovery codes of the user together with the removal, in one transaction, if it is
   * still pending, due at `now`, and its user was reminded. Of parallel calls exactly one returns `true`, in all processes.
   */
  carryOut(userId: UserId, now: Instant): Promise<boolean>
}
