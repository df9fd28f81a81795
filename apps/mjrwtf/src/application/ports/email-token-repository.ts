import type { TokenPurpose } from '../../domain/email.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { PasswordHash } from './passwords.ts'

export interface NewEmailToken {
  readonly hash: string
  readonly purpose: TokenPurpose
  /** Email of the account, in any spelling. */
  readonly email: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** Whether its use shows that the user reads the mailbox. `false` for a link that the operator hands over. */
  readonly verifiesEmail: boolean
}

/** The user of a token, with the email as the account spells it. */
export interface TokenUser {
  readonly userId: UserId
  readonly email: string
}

/** The user of a used reset token, with the version of the new password. */
export interface ResetUser extends TokenUser {
  readonly passwordVersion: number
}

export interface PresentedToken {
  readonly hash: string
  readonly now: Instant
}

/**
 * Stores the tokens of email links, as hashes. A token is valid until it expires. A change of the account's password or
 * email invalidates all its tokens in the same step. A token that verifies an email is also invalid once the email is
 * verified. An invalid token is treated as missing. Rejects with `RepositoryError` only.
 */
export interface EmailTokenRepository {
  /**
   * Adds a token for the account with that email and returns its user. Returns `null` and changes nothing if there is
   * no such account, or if the token would verify an email that is verified. Beyond `maxActiveTokens` for one purpose,
   * the oldest are invalidated.
   */
  add(token: NewEmailToken): Promise<TokenUser | null>
  /** Returns the user of a valid token. Does not consume it. */
  find(token: PresentedToken & { readonly purpose: TokenPurpose }): Promise<TokenUser | null>
  /**
   * Consumes a `reset-password` token: replaces the password hash, increments `passwordVersion` and `passwordResets`,
   * exempts no session, and marks the email as verified if the token shows it, in one step. If the email was not verified
   * before, it also removes all second factors, recovery codes and identities: someone else may have created the account.
   * Of parallel calls exactly one returns the user.
   */
  resetPassword(
    token: PresentedToken & { readonly passwordHash: PasswordHash },
  ): Promise<ResetUser | null>
  /**
   * Consumes a `verify-email` token: marks the email as verified. Of parallel calls exactly one returns the user. Without a
   * session of the account, the reader of the mailbox may not be the one who created the account: the next
   * `resetPassword` that verifies the email removes what was added before this call.
   */
  verifyEmail(token: PresentedToken & { readonly isSignedIn: boolean }): Promise<TokenUser | null>
  /** Removes a batch of expired tokens. Returns whether there may be more. */
  purgeBatch(now: Instant): Promise<boolean>
}
