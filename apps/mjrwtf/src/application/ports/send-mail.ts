import type { Instant } from '../../domain/time.ts'

/** The content of each kind of email. No more than its recipient may see; a `token` is for the email's one link. */
interface EmailData {
  readonly 'verify-email': WithToken
  readonly 'reset-password': WithToken
  /** To the new email, which replaces the current one when the link is used. */
  readonly 'confirm-new-email': WithToken
  /** To the current email. The link cancels the change. */
  readonly 'email-change-requested': WithToken & { readonly newEmail: string }
  /** To the email that was replaced. */
  readonly 'email-changed': AtInstant & { readonly newEmail: string }
  readonly 'password-changed': AtInstant
  readonly 'password-reset': AtInstant
  readonly 'new-device': AtInstant & { readonly from: SignInClient }
  readonly 'suspicious-use': AtInstant & {
    readonly suspicion: SuspiciousUse
    readonly from: SignInClient
  }
  readonly 'many-failed-sign-ins': AtInstant & { readonly failures: number }
  readonly 'account-deleted': AtInstant
}

interface WithToken {
  readonly token: string
  readonly expiresAt: Instant
}

interface AtInstant {
  readonly at: Instant
}

export type EmailKind = keyof EmailData

export type Email<Kind extends EmailKind = EmailKind> = {
  readonly [Each in Kind]: { readonly kind: Each } & EmailData[Each]
}[Kind]

export type SuspiciousUse = 'concurrent-use' | 'impossible-travel'

/** The client that caused an email, as text for its recipient; `null` for what is unknown. */
export interface SignInClient {
  /** As in the list of sessions: "Firefox on Linux". */
  readonly device: string | null
  readonly ipAddress: string | null
  /** City and country, if a GeoIP file is configured. */
  readonly location: string | null
}

/**
 * Queues an email. Returns immediately and never throws, so that a response takes the same time whether or not an
 * email is sent. The log reports what became of it.
 */
export type SendMail = (to: string, email: Email) => void
