import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { ProviderLogout } from './providers.ts'

/** A logout token to accept. */
export interface ReceivedLogout extends ProviderLogout {
  /** Digest of the issuer and the `jti` of the token. */
  readonly tokenKey: string
  readonly receivedAt: Instant
}

/** A sign-in at a provider that may have been logged out since. */
export interface ProviderSignIn {
  readonly issuer: string
  readonly subject: string
  readonly sid: string | null
  /** When the visit to the provider started. */
  readonly startedAt: Instant
}

/** Stores logouts that providers have reported. Rejects with `RepositoryError` only. */
export interface ProviderLogoutRepository {
  /**
   * Records a logout token, and returns `false` if one with this key was completed before. One that was received but not
   * completed is accepted again: the provider repeats it if we failed.
   */
  receive(logout: ReceivedLogout, expiresAt: Instant): Promise<boolean>
  /** From now on the token is refused. */
  complete(tokenKey: string): Promise<void>
  /** The sessions that started in the session at the provider, or with the subject. Some may have ended. */
  listSessions(
    logout: ProviderLogout,
  ): Promise<readonly { readonly userId: UserId; readonly sessionId: string }[]>
  /**
   * Whether the provider has reported a logout of the session or of the subject since the sign-in started. Asked after the
   * session was added to the list of sessions: a logout finds it there, or is found here.
   */
  isLoggedOut(signIn: ProviderSignIn): Promise<boolean>
  /** Deletes a batch of logouts that expired until then. Returns whether there may be more. */
  purgeBatch(until: Instant): Promise<boolean>
}
