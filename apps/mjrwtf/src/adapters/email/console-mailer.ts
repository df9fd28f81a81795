import type { CapturedEmail, CapturedEmails } from '../../application/ports/captured-emails.ts'
import type { Clock } from '../../application/ports/clock.ts'
import { createEmailComposer } from './compose-email.ts'
import type { Mailer } from './mailer.ts'

export interface ConsoleMailerOptions {
  /** Public origin without a trailing slash, to which all links lead. */
  readonly baseUrl: string
  readonly clock: Clock
  /** Shows a text to whoever sits at the terminal. Not the log: letters hold links that open accounts. */
  readonly print: (text: string) => void
}

/** How many letters are kept; the oldest makes room. */
const maxCaptured = 50

/** For development: prints letters and keeps the last of them, and sends none. */
export function createConsoleMailer(
  options: ConsoleMailerOptions,
): Mailer & { readonly capturedEmails: CapturedEmails } {
  const compose = createEmailComposer(options.baseUrl)
  const captured: CapturedEmail[] = []
  let count = 0
  return {
    sendMail(to, email) {
      count += 1
      const header = { number: count, kind: email.kind, to, at: options.clock.now() }
      const composed = { ...header, ...compose(email) }
      captured.unshift(composed)
      captured.splice(maxCaptured)
      options.print(format(composed))
    },
    close: async () => {},
    capturedEmails: {
      list: () => [...captured],
      find: (number) => captured.find((email) => email.number === number) ?? null,
    },
  }
}

/** With a bar before each line, to be told from what the log says around it. */
function format({ to, subject, text }: CapturedEmail): string {
  const lines = [`To: ${to}`, `Subject: ${subject}`, '', ...text.trimEnd().split('\n')]
  return `An email, which is not sent because SMTP_URL is not set:\n${lines.map((line) => `| ${line}\n`).join('')}`
}
