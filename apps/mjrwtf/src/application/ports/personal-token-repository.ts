import type { PersonalToken } from '../../domain/personal-token.ts'
import type { Instant } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'

export interface NewPersonalToken extends Omit<PersonalToken, 'lastUsedAt' | 'lastUsedIpAddress'> {
  /** Of the token. */
  readonly tokenHash: string
  /** Whether the user is not reminded before it expires. */
  readonly isReminded: boolean
}

export interface PersonalTokenLimit {
  /** Tokens that the user may have, including expired ones. */
  readonly max: number
  /** The password version of the user. With another one, for example after a reset, nothing is added. */
  readonly passwordVersion: number
}

/** `exists`: a token with this id was added before, for example by a double click. */
export type AddPersonalTokenResult = 'added' | 'exists' | 'too-many' | 'user-changed'

/** A token and its user as currently stored. */
export interface FoundToken {
  readonly token: PersonalToken
  readonly user: User
}

export interface TokenUse {
  readonly tokenId: string
  readonly at: Instant
  readonly ipAddress: string | null
}

/** A token about whose expiry its user is reminded. */
export interface ExpiringToken extends Pick<PersonalToken, 'userId' | 'name' | 'expiresAt'> {
  readonly email: string
}

/**
 * Stores personal access tokens, and only hashes of them. A reset of the password by email deletes those of the user in the
 * same statement, and so does the deletion of the account. Rejects with `RepositoryError` only.
 */
export interface PersonalTokenRepository {
  /** Adds the token within the limit; parallel calls too never exceed it. */
  add(token: NewPersonalToken, limit: PersonalTokenLimit): Promise<AddPersonalTokenResult>
  /** The token with that hash, also if it has expired, and its user: one statement. `null` if there is none. */
  find(tokenHash: string): Promise<FoundToken | null>
  /** All tokens of the user, newest first. */
  list(userId: UserId): Promise<readonly PersonalToken[]>
  /** Deletes the token and returns its name. `null` if the user has no such token. */
  revoke(userId: UserId, id: string): Promise<string | null>
  /** Deletes all tokens of the user and returns their number. */
  revokeAll(userId: UserId): Promise<number>
  /** Records uses in one statement. Only moves forward in time, and ignores tokens that were deleted. */
  recordUses(uses: readonly TokenUse[]): Promise<void>
  /**
   * Returns at most `limit` tokens that expire between `now` and `until` and were not returned before. Of parallel calls,
   * only one returns a token.
   */
  claimReminders(range: ReminderRange): Promise<readonly ExpiringToken[]>
  /** Deletes a batch of the tokens that expired before that instant. Returns whether there may be more. */
  purgeBatch(before: Instant): Promise<boolean>
}

export interface ReminderRange {
  readonly now: Instant
  readonly until: Instant
  readonly limit: number
}
