import type { PhoneNumber, SmsCodePurpose } from '../../domain/phone.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { UserState } from './user-repository.ts'

/** The verified phone of a user. */
export interface Phone {
  readonly id: string
  readonly number: PhoneNumber
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
}

export type SavePhoneResult =
  | { readonly status: 'saved'; readonly replaced: Phone | null }
  | { readonly status: 'needs-other-factor' }
  | { readonly status: 'user-deleted' }

/** Stores the verified phones, one for each user. Rejects with `RepositoryError` only. */
export interface PhoneRepository {
  find(userId: UserId): Promise<Phone | null>
  /**
   * Stores the phone of the user, and replaces the previous one. Returns it, or `null` if there was none.
   *
   * An administrator must have a passkey or an authenticator: `needs-other-factor`, and nothing changes. That is decided
   * with the factors at that moment, under the lock with which they are removed. `user-deleted` also changes nothing: there is
   * no such account, it is suspended, or its password is another one, for example after a reset.
   */
  save(user: UserState, phone: Omit<Phone, 'lastUsedAt'>): Promise<SavePhoneResult>
  /** Records a use of the phone, unless it has another number. */
  touch(userId: UserId, number: PhoneNumber, at: Instant): Promise<void>
}

/** What a code is for. */
export interface SmsCodeUse {
  readonly userId: UserId
  readonly purpose: SmsCodePurpose
  /** Id of the session in which the code is used, or of the pending sign-in. */
  readonly boundTo: string
}

export interface NewSmsCode extends SmsCodeUse {
  readonly number: PhoneNumber
  readonly codeHash: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** A code that was sent. */
export interface StoredSmsCode {
  readonly number: PhoneNumber
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** Whether it can still be used: not used, and attempts left. Whether it has expired is not considered. */
  readonly isUsable: boolean
}

export interface SmsCodeAttempt extends SmsCodeUse {
  /** The hashes that the correct code may have. */
  readonly codeHashes: readonly string[]
  readonly now: Instant
}

/** Stores hashes of codes sent by text message: one for each use. Rejects with `RepositoryError` only. */
export interface SmsCodeRepository {
  /**
   * Stores the code and replaces the previous one of the same use, which becomes invalid. Returns `false` and changes
   * nothing if that one can still be used and was created after `replaceUntil`, or if the user was deleted. Of parallel
   * calls, one succeeds.
   */
  replace(code: NewSmsCode, replaceUntil: Instant): Promise<boolean>
  /** The latest code of the use, also if it has expired, or `null` if there is none. */
  find(use: SmsCodeUse): Promise<StoredSmsCode | null>
  /**
   * Counts the attempt and uses the code up if it is correct, in one statement. Returns the number that it was sent to,
   * or `null` if the code is wrong, was used, has expired, or has had `smsCodeLimits.maxAttempts`. A code for any purpose other than
   * `verify-phone` is also wrong if its number is no longer that of the user's phone. Of any number of parallel attempts
   * with one correct code, one succeeds, and at most so many are evaluated.
   */
  attempt(attempt: SmsCodeAttempt): Promise<PhoneNumber | null>
  /** Removes a batch of the codes that expired at that instant or before. Returns whether there may be more. */
  purgeBatch(until: Instant): Promise<boolean>
}
