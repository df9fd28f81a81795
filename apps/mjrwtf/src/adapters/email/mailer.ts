import type { Clock } from 'coatcheck'
import type { CapturedEmail, CapturedEmails, SendMail } from '../../application/ports/email.ts'
import type { Log } from '../../application/ports/log.ts'
import type { Milliseconds } from '../../domain/time.ts'
import { createEmailComposer, type EmailSite } from './compose-email.ts'

export interface Mailer {
  readonly sendMail: SendMail
  /** Number of emails that wait to be sent. */
  pending(): number
  /** Sends the queued emails within `timeout`, and drops the rest and all later ones. */
  close(timeout: Milliseconds): Promise<void>
}

/** Sends nothing. Logs the kind and subject of each email, but neither its recipient nor its content. */
export function createDisabledMailer(options: EmailSite & { readonly log: Log }): Mailer {
  const compose = createEmailComposer(options)
  return {
    sendMail(_, email) {
      const { subject } = compose(email)
      options.log.warn({ kind: email.kind, subject }, 'email not sent: email is off')
    },
    pending: () => 0,
    close: async () => {},
  }
}

export interface ConsoleMailerOptions extends EmailSite {
  readonly clock: Clock
  /** Writes to the terminal, not to the log: emails contain links that give access to accounts. */
  readonly print: (text: string) => void
}

/** Emails in memory; further ones evict the oldest. */
const maxCaptured = 50

/** For development: prints emails and captures the newest, but sends none. */
export function createConsoleMailer(
  options: ConsoleMailerOptions,
): Mailer & { readonly capturedEmails: CapturedEmails } {
  const compose = createEmailComposer(options)
  const captured: CapturedEmail[] = []
  let count = 0
  return {
    sendMail(to, email, timeZone) {
      count += 1
      const header = { number: count, kind: email.kind, to, at: options.clock.now() }
      const composed = { ...header, ...compose(email, timeZone) }
      captured.unshift(composed)
      captured.splice(maxCaptured)
      options.print(format(composed))
    },
    pending: () => 0,
    close: async () => {},
    capturedEmails: {
      list: () => [...captured],
      find: (number) => captured.find((email) => email.number === number) ?? null,
    },
  }
}

/** A bar before each line distinguishes the email from log lines. */
function format({ to, subject, text }: CapturedEmail): string {
  const lines = [`To: ${to}`, `Subject: ${subject}`, '', ...text.trimEnd().split('\n')]
  return `Email not sent (SMTP_URL is not set):\n${lines.map((line) => `| ${line}\n`).join('')}`
}
