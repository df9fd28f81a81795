import type { WebSessions } from 'coatcheck/http'
import type { SignUpMode } from '../../application/accounts/sign-up.ts'
import type { CapturedEmails } from '../../application/ports/captured-emails.ts'
import type { Clock } from '../../application/ports/clock.ts'
import type { RecordSecurityEvent } from '../../application/security-log/record-security-event.ts'
import type { SessionEndNotifier } from '../../application/sessions/session-end-notifier.ts'
import type { UseCases } from '../../application/use-cases.ts'

/** What the app keeps with a session besides the session itself. */
export interface AppSessionData {
  /** Version of the password with which somebody signed in. Absent for the first one. */
  readonly passwordVersion?: number
}

/** The slice of a structured logger that is used here; pino fits. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/**
 * What becomes of letters: they leave by SMTP; are printed and shown at /dev/mail, in development; or are not
 * written at all, so that a page must not promise one.
 */
export type MailMode = 'smtp' | 'log' | 'off'

/** The slice of the config that shows in HTTP. Holds secrets: never log it. */
export interface HttpOptions {
  /** Public origin without a trailing slash. */
  readonly baseUrl: string
  /** Origin of short links. On a host of its own nothing but short links answers there. */
  readonly shortBaseUrl: string
  readonly signUp: SignUpMode
  /** In code points; said beside the field, decided by the use cases. */
  readonly passwordMinLength: number
  /** Shared bearer tokens that act for the operator. */
  readonly authTokens: readonly string[]
  readonly mail: MailMode
}

/** Everything the HTTP side of the app needs from outside. */
export interface AppDependencies {
  readonly useCases: UseCases
  readonly web: WebSessions<AppSessionData>
  /** Tells open pages that their session has ended. */
  readonly sessionEnds: SessionEndNotifier
  /** Letters that were printed instead of being sent; `null` where there are none to be shown. */
  readonly capturedEmails: CapturedEmails | null
  readonly options: HttpOptions
  readonly clock: Clock
  readonly log: Log
  /** Notes in their security log what happens to somebody's account. */
  readonly recordSecurityEvent: RecordSecurityEvent
  /** Whether the database answers within that many milliseconds. Never rejects. */
  readonly ping: (timeout: number) => Promise<boolean>
  /** Whether the process has been asked to stop, so that no new work should be sent to it. */
  readonly isDraining: () => boolean
}
