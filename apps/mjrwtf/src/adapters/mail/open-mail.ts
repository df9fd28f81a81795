import type { Clock } from '../../application/ports/clock.ts'
import type { KeptLetters } from '../../application/ports/kept-letters.ts'
import type { Secrets } from '../../application/ports/secrets.ts'
import type { Mailer, MailLog } from './mailer.ts'
import { createPrintingMailer } from './printing-mailer.ts'
import { createSmtpMailer, type SmtpMailerOptions } from './smtp-mailer.ts'
import { createUnsentMailer } from './unsent-mailer.ts'

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

export interface OpenMail {
  readonly mailer: Mailer
  /** `null` where letters leave, or are not even kept. */
  readonly keptLetters: KeptLetters | null
}

/** Opens the way by which letters leave here, and says so where there is none. */
export function openMail({ mail, smtp, ...ports }: MailOptions): OpenMail {
  if (smtp !== null) return { mailer: createSmtpMailer({ ...ports, ...smtp }), keptLetters: null }
  if (mail === 'log') {
    const printing = createPrintingMailer(ports)
    return { mailer: printing, keptLetters: printing.letters }
  }
  ports.log.warn({}, 'mail is off: nobody can get back in who forgot a password. Set SMTP_URL')
  return { mailer: createUnsentMailer(ports), keptLetters: null }
}
