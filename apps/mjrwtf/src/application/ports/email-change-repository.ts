import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** A change of address that waits for its confirmation. */
export interface NewEmailChange {
  readonly userId: UserId
  readonly newEmail: string
  readonly confirmHash: string
  readonly cancelHash: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

export interface PendingEmail {
  readonly newEmail: string
  readonly expiresAt: Instant
}

export interface EmailStatus {
  /** When the account's address was last shown to be its owner's, or `null`: not yet. */
  readonly verifiedAt: Instant | null
  readonly pending: PendingEmail | null
}

/** What a mailed link about a change of address would do. */
export interface EmailChangeLink {
  readonly purpose: 'confirm-change' | 'cancel-change'
  readonly userId: UserId
  readonly email: string
  readonly newEmail: string
}

export type ConfirmedEmail =
  | { readonly status: 'changed'; readonly userId: UserId; readonly email: string }
  /** Another account has the address by now. Nothing was changed. */
  | { readonly status: 'email-unavailable' }
  | { readonly status: 'not-found' }

/**
 * Keeps what is known of the accounts' addresses, and changes of address that wait. An account has one such change at
 * most. It is over when it expires, when it is called off, and when the account's password or address changes,
 * whichever way. Rejects with `RepositoryError` only.
 */
export interface EmailChangeRepository {
  status(userId: UserId, now: Instant): Promise<EmailStatus>
  /** Keeps the change, in the place of the one that waited: its links are dead from then on. */
  requestChange(change: NewEmailChange): Promise<void>
  /** What the link with a token of that hash would do. Changes nothing. */
  findLink(hash: string, now: Instant): Promise<EmailChangeLink | null>
  /**
   * Puts into force the address of the change with that `confirmHash`, which was mailed there, and notes it as
   * verified, in one step. Of any number at once one answers `changed`; the unique index of addresses decides.
   */
  confirmChange(confirmHash: string, now: Instant): Promise<ConfirmedEmail>
  /**
   * Calls a change off, by its `cancelHash` or its owner, and says whose it was; `null` when there was none. All that
   * was mailed for the account before is dead with it. Of this and a confirmation at once one has happened.
   */
  cancelChange(change: CanceledChange, now: Instant): Promise<UserId | null>
  /** Removes what can never be confirmed. */
  purge(now: Instant): Promise<void>
}

export type CanceledChange = { readonly cancelHash: string } | { readonly userId: UserId }
