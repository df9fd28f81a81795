import type { CapturedEmails } from '../../application/ports/captured-emails.ts'
import type { Clock } from '../../application/ports/clock.ts'
import type { Secrets } from '../../application/ports/secrets.ts'
import { createConsoleMailer } from './console-mailer.ts'
import { createDisabledMailer } from './disabled-mailer.ts'
import type { Mailer, MailLog } from './mailer.ts'
import { createSmtpMailer, type SmtpMailerOptions } from './smtp-mailer.ts'

export interface MailOptions {
  /** What becomes of letters where there is no server: shown at the terminal, or nothing. */
  readonly mail: 'smtp' | 'log' | 'off'
  /** The server that takes letters, and from whom they are. */
  readonly smtp: Pick<SmtpMailerOptions, 'server' | 'from'> | null
  /** Public origin without a trailing slash, to which all links lead. */
  readonly baseUrl: string
  readonly clock: Clock
  readonly secrets: Pick<Secrets, 'id'>
  readonly log: MailLog
  /** Shows a text at the terminal. */
  readonly print: (text: string) => void
}

export interface MailSetup {
  readonly mailer: Mailer
  /** `null` where letters leave, or are not even kept. */
  readonly capturedEmails: CapturedEmails | null
}

/** Opens the way by which letters leave here, and says so where there is none. */
export function createMailer({ mail, smtp, ...ports }: MailOptions): MailSetup {
  if (smtp !== null)
    return { mailer: createSmtpMailer({ ...ports, ...smtp }), capturedEmails: null }
  if (mail === 'log') {
    const consoleMailer = createConsoleMailer(ports)
    return { mailer: consoleMailer, capturedEmails: consoleMailer.capturedEmails }
  }
  ports.log.warn({}, 'Email is off: users who forget their password cannot reset it. Set SMTP_URL.')
  return { mailer: createDisabledMailer(ports), capturedEmails: null }
}
