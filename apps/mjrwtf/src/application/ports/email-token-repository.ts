import type { TokenPurpose } from '../../domain/email-token.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { PasswordHash } from './password-hasher.ts'

export interface NewEmailToken {
  readonly hash: string
  readonly purpose: TokenPurpose
  /** Address of the account that it is for, however it is spelled. */
  readonly email: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** Whose token it is, with the address as the account has it. */
export interface TokenUser {
  readonly userId: UserId
  readonly email: string
}

export interface PresentedToken {
  readonly hash: string
  readonly now: Instant
}

/**
 * Keeps the tokens of mailed links, as hashes. A token is live until it expires, and until the account's
 * password or address changes, whichever way: then all that were mailed before are dead, in the same step. One
 * that verifies an address is live until that is verified.
 * What is not live is not there. Rejects with `RepositoryError` only.
 */
export interface EmailTokenRepository {
  /**
   * Adds a token for the account of that address and says whose it is; `null`, and no change, if there is no
   * such account, or if the address has been verified and needs no such letter. Of those live for one purpose
   * the oldest give way beyond `mostLiveTokens`.
   */
  add(token: NewEmailToken): Promise<TokenUser | null>
  /** Whose token it is, if it is live. Spends nothing. */
  find(token: PresentedToken & { readonly purpose: TokenPurpose }): Promise<TokenUser | null>
  /**
   * Spends a `reset-password` token: puts the password into force, counts `passwordVersion` up, leaves no session
   * exempt, and notes the address as verified, in one step. Of any number at once exactly one answers the owner.
   */
  resetPassword(
    token: PresentedToken & { readonly passwordHash: PasswordHash },
  ): Promise<TokenUser | null>
  /** Spends a `verify-address` token: notes the address as verified. Of any number at once one answers the owner. */
  verifyEmail(token: PresentedToken): Promise<TokenUser | null>
  /** Removes what can never be live again. */
  purge(now: Instant): Promise<void>
}
