import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** A change of email that needs confirmation. */
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
  /** When the user last verified the email, or `null`. */
  readonly verifiedAt: Instant | null
  readonly pending: PendingEmail | null
  /** Incremented by whatever invalidates the email tokens of the account. */
  readonly credentialsVersion: number
}

/** What the link of an email change would do. */
export interface EmailChangeLink {
  readonly purpose: 'confirm-change' | 'cancel-change'
  readonly userId: UserId
  readonly email: string
  readonly newEmail: string
}

export type ConfirmedEmail =
  | { readonly status: 'changed'; readonly userId: UserId; readonly email: string }
  /** Another account has the email now. Nothing changed. */
  | { readonly status: 'email-unavailable' }
  | { readonly status: 'not-found' }

export type CanceledChange = { readonly cancelHash: string } | { readonly userId: UserId }

/**
 * Stores whether emails are verified, and pending changes of email. An account has at most one pending change. It ends
 * when it expires or is canceled, and whenever the account's password or email changes. Rejects with `RepositoryError`
 * only.
 */
export interface EmailChangeRepository {
  status(userId: UserId, now: Instant): Promise<EmailStatus>
  /** Stores the change and replaces the pending one, whose links become invalid. */
  requestChange(change: NewEmailChange): Promise<void>
  /** Returns what the link with a token of that hash would do. Changes nothing. */
  findLink(hash: string, now: Instant): Promise<EmailChangeLink | null>
  /**
   * Applies the change with that `confirmHash` and marks the email as verified, in one step. Of parallel calls exactly
   * one returns `changed`; the unique index on emails decides.
   */
  confirmChange(confirmHash: string, now: Instant): Promise<ConfirmedEmail>
  /**
   * Cancels a change by its `cancelHash` or its user, and returns the user's id, or `null` if there is none. All email
   * tokens of the account become invalid. If a cancellation and a confirmation race, exactly one succeeds.
   */
  cancelChange(change: CanceledChange, now: Instant): Promise<UserId | null>
  /** Removes a batch of expired changes. Returns whether there may be more. */
  purgeBatch(now: Instant): Promise<boolean>
}
