import type { Instant } from '../../domain/time.ts'

/** What a letter is about. It carries no more than its reader may see; a `token` is for its one link. */
export type Email =
  | { readonly kind: 'verify-email'; readonly token: string; readonly expiresAt: Instant }
  | { readonly kind: 'reset-password'; readonly token: string; readonly expiresAt: Instant }
  /** To the new address, which becomes the account's once its link was used. */
  | { readonly kind: 'confirm-new-email'; readonly token: string; readonly expiresAt: Instant }
  /** To the address in use: somebody asks for another one. The link calls it off. */
  | {
      readonly kind: 'email-change-requested'
      readonly newEmail: string
      readonly token: string
      readonly expiresAt: Instant
    }
  /** To the address that was replaced. */
  | { readonly kind: 'email-changed'; readonly newEmail: string; readonly at: Instant }
  | { readonly kind: 'password-changed'; readonly at: Instant }
  | { readonly kind: 'password-reset'; readonly at: Instant }
  | { readonly kind: 'new-device'; readonly at: Instant; readonly from: SignInClient }
  /** Something about a session that its owner may not have done. */
  | {
      readonly kind: 'suspicious-use'
      readonly suspicion: SuspiciousUse
      readonly at: Instant
      readonly from: SignInClient
    }
  | { readonly kind: 'many-failed-sign-ins'; readonly failures: number; readonly at: Instant }
  | { readonly kind: 'account-deleted'; readonly at: Instant }

export type SuspiciousUse = 'concurrent-use' | 'impossible-travel'

/** Where from and with what, as far as is known, in words for people. */
export interface SignInClient {
  /** As in the list of sessions: "Firefox on Linux". */
  readonly device: string | null
  readonly ipAddress: string | null
  /** Town and country, when a GeoIP file is configured. */
  readonly location: string | null
}

/**
 * Hands a letter over to be sent. Returns at once and never throws, so that an answer takes the same time
 * whether or not there was something to send; what becomes of the letter is in the log.
 */
export type SendMail = (to: string, email: Email) => void
