import type { ClientId } from '../../domain/client-application.ts'
import type { Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** What a user has allowed, from the consent until the client application exchanges the code. */
export interface AuthorizationCode {
  readonly clientId: ClientId
  readonly userId: UserId
  /** The session in which the user consented. */
  readonly sessionId: string
  /** Of the browser in which the user consented. */
  readonly ipAddress: string | null
  readonly userAgent: string | null
  /** As the client sent it, with the port of a loopback URI. */
  readonly redirectUri: string
  /** SHA-256 of the verifier, in base64url (RFC 7636). */
  readonly codeChallenge: string
  readonly scopes: readonly Scope[]
  readonly authenticatedAt: Instant
  readonly createdAt: Instant
}

export interface NewAuthorizationCode extends AuthorizationCode {
  readonly codeHash: string
  readonly expiresAt: Instant
}

/** A code that a client presents. */
export interface CodeUse
  extends Pick<AuthorizationCode, 'clientId' | 'redirectUri' | 'codeChallenge'> {
  readonly codeHash: string
  readonly at: Instant
}

export type UseCodeResult =
  | { readonly status: 'used'; readonly code: AuthorizationCode }
  /** It was used before. `grantId` is the grant that it led to; `null` if that exchange is in progress or failed. */
  | { readonly status: 'used-again'; readonly userId: UserId; readonly grantId: string | null }
  /** Unknown, expired, or issued to another client, redirect URI or challenge. Nothing has changed. */
  | { readonly status: 'invalid' }

/** Authorization codes. Only hashes are stored. Rejects with `RepositoryError` if the database fails. */
export interface AuthorizationCodeRepository {
  /** Returns `false` if the client or the user does not exist. */
  add(code: NewAuthorizationCode): Promise<boolean>
  /**
   * Uses the code if all that it is bound to matches: exactly one of several concurrent uses succeeds. Another use by the
   * same client, also after it expired, is recorded with the code.
   */
  use(use: CodeUse): Promise<UseCodeResult>
  /**
   * Records the grant that a used code led to. Returns `false` if the code was used again meanwhile, or was removed with
   * its client or user: the grant must end.
   */
  recordGrant(codeHash: string, grantId: string): Promise<boolean>
  /** Deletes codes that expired until that instant. Returns whether there may be more. */
  purgeBatch(expiredUntil: Instant): Promise<boolean>
}
