import type { Clock } from 'coatcheck'
import type { CapturedEmails } from '../../application/ports/email.ts'
import type { Log } from '../../application/ports/log.ts'
import type { Secrets } from '../../application/ports/secrets.ts'
import type { EmailSite } from './compose-email.ts'
import { createConsoleMailer, createDisabledMailer, type Mailer } from './mailer.ts'
import type { SmtpConfig } from './smtp-delivery.ts'
import { createSmtpMailer, type SmtpMailerOptions } from './smtp-mailer.ts'

export interface MailOptions extends EmailSite {
  /** Without a server: print emails to the terminal (`log`) or drop them (`off`). */
  readonly mail: 'smtp' | 'log' | 'off'
  readonly smtp: SmtpConfig | null
  readonly clock: Clock
  readonly secrets: Pick<Secrets, 'id'>
  readonly log: Log
  readonly onStep?: NonNullable<SmtpMailerOptions['onStep']>
  /** Writes text to the terminal. */
  readonly print: (text: string) => void
}

export interface MailSetup {
  readonly mailer: Mailer
  /** `null` unless emails are printed to the terminal. */
  readonly capturedEmails: CapturedEmails | null
}

/** Creates the configured mailer, and logs a warning if email is off. */
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
