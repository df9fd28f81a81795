import type { TokenPurpose } from '../../domain/email.ts'
import type { Scope } from '../../domain/scope.ts'
import type { SecondFactorKind } from '../../domain/second-factor.ts'
import type { SecurityEventKind } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { TimeZone } from '../../domain/time-zone.ts'
import type { UserId } from '../../domain/user.ts'

/** The content of each kind of email. No more than its recipient may see; a `token` is for the email's one link. */
interface EmailData {
  readonly 'verify-email': WithToken
  readonly 'reset-password': WithToken
  /** To someone without an account. The code creates one. */
  readonly invitation: { readonly code: string; readonly expiresAt: Instant }
  /** To the new email, which replaces the current one when the link is used. */
  readonly 'confirm-new-email': WithToken
  /** To the current email. The link cancels the change. */
  readonly 'email-change-requested': WithToken & { readonly newEmail: string }
  /** To the email that was replaced. */
  readonly 'email-changed': AtInstant & { readonly newEmail: string }
  readonly 'password-changed': AtInstant
  /** The first password of a user who had none. */
  readonly 'password-set': AtInstant
  readonly 'password-reset': AtInstant
  readonly 'new-device': AtInstant & { readonly from: SignInClient }
  readonly 'suspicious-use': AtInstant & {
    readonly suspicion: SuspiciousUse
    readonly from: SignInClient
  }
  readonly 'many-failed-sign-ins': AtInstant & { readonly failures: number }
  readonly 'many-failed-second-factors': AtInstant & { readonly failures: number }
  /** Contains no code and no full phone number. */
  readonly 'factor-changed': AtInstant & {
    readonly change: FactorChangeEvent
    /** `null` for all factors at once. */
    readonly factor: SecondFactorKind | 'recovery-code' | null
    /** Of the factor; of a phone, its number with only the last digits. `null` if it has none. */
    readonly name: string | null
    /** After a recovery code was used: how many are left. Otherwise `null`. */
    readonly unusedCodes: number | null
    readonly from: SignInClient
  }
  /** An administrator wants to remove all second factors. The link cancels it, until `expiresAt`: then it happens. */
  readonly 'factor-removal-requested': WithToken
  /** The same, a day before. */
  readonly 'factor-removal-reminder': WithToken
  readonly 'factor-removal-canceled': AtInstant
  /** A client application got access. */
  readonly 'app-connected': AtInstant & {
    readonly name: string
    readonly scopes: readonly Scope[]
    /** Where the application, or the device that it runs on, sent the request from. */
    readonly from: SignInClient
  }
  /** An account at an external provider can sign in, or no longer can. */
  readonly 'identity-changed': AtInstant & {
    readonly change: Extract<SecurityEventKind, 'identity-linked' | 'identity-unlinked'>
    /** Name of the provider. */
    readonly provider: string
    /** The email at the provider, or `null` if it shares none. */
    readonly account: string | null
    readonly from: SignInClient
  }
  /** Names the token; contains no part of it. */
  readonly 'token-created': AtInstant & {
    readonly name: string
    readonly scopes: readonly Scope[]
    readonly expiresAt: Instant
    readonly from: SignInClient
  }
  /** Personal access tokens of the user that expire within a week. */
  readonly 'tokens-expiring': {
    readonly tokens: readonly { readonly name: string; readonly expiresAt: Instant }[]
  }
  /** What the operator at the shell has done. `detail`: the reason, or the short code of the link. */
  readonly 'operator-action': AtInstant & {
    readonly action: OperatorAction
    readonly detail: string | null
  }
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

/** A change of the factors of a user. */
export type FactorChangeEvent = Extract<
  SecurityEventKind,
  | 'second-factor-added'
  | 'second-factor-removed'
  | 'second-factor-renamed'
  | 'second-factors-removed'
  | 'passkey-suspended'
  | 'passkey-kept'
  | 'recovery-codes-created'
  | 'recovery-code-used'
>

/** A change that the operator at the shell makes to an account or a link, and that its user must learn of. */
export type OperatorAction = Extract<
  SecurityEventKind,
  | 'account-suspended'
  | 'account-restored'
  | 'operator-role-received'
  | 'operator-role-withdrawn'
  | 'reset-link-created'
  | 'link-taken-down'
  | 'link-restored'
>

export type SuspiciousUse = 'concurrent-use' | 'impossible-travel'

/** A client, as text for users. What is unknown is `null`. */
export interface SignInClient {
  /** As in the list of sessions: "Firefox on Linux". */
  readonly device: string | null
  readonly ipAddress: string | null
  /** City and country, if a GeoIP file is configured. */
  readonly location: string | null
}

/**
 * Queues an email. Returns immediately and never throws, so the response time does not reveal whether an email was
 * sent. The log records the delivery. Its times are in the zone of the recipient; without one, in that of the site.
 */
export type SendMail = (to: string, email: Email, timeZone?: TimeZone | null) => void

/** A requested email with a link, to be composed in the background. */
export type EmailRequest =
  | {
      readonly kind: TokenPurpose
      /** The email as typed. Whether an account has it is looked up later. */
      readonly email: string
      /** For the security log of the user. */
      readonly requester: Requester
    }
  | {
      readonly kind: 'change-email'
      readonly userId: UserId
      readonly email: string
      readonly newEmail: string
      /** Secret. Only its hash is stored. */
      readonly confirmToken: string
      readonly cancelToken: string
      readonly expiresAt: number
    }

export interface Requester {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/**
 * Queues an email request. Returns immediately: the response time must not reveal whether an account exists or an email
 * is in use (ASVS 5.0 V6.3.8).
 */
export type EmailRequestSink = (request: EmailRequest) => void

/** In development: an email that was captured instead of sent. */
export interface CapturedEmail {
  /** Counts from 1. Never reused. */
  readonly number: number
  readonly kind: Email['kind']
  readonly to: string
  readonly at: Instant
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** The most recent captured emails of this process. They contain tokens: only for users of this machine. */
export interface CapturedEmails {
  /** Newest first. */
  list(): readonly CapturedEmail[]
  /** `null` if there is none, or it was evicted. */
  find(number: number): CapturedEmail | null
}
