import type { Clock } from '../../application/ports/clock.ts'
import type { KeptLetter, KeptLetters } from '../../application/ports/kept-letters.ts'
import { createLetterComposer } from './compose-letter.ts'
import type { Mailer } from './mailer.ts'

export interface PrintingMailerOptions {
  /** Public origin without a trailing slash, to which all links lead. */
  readonly baseUrl: string
  readonly clock: Clock
  /** Shows a text to whoever sits at the terminal. Not the log: letters hold links that open accounts. */
  readonly print: (text: string) => void
}

/** How many letters are kept; the oldest makes room. */
const most = 50

/** For development: prints letters and keeps the last of them, and sends none. */
export function createPrintingMailer(
  options: PrintingMailerOptions,
): Mailer & { readonly letters: KeptLetters } {
  const compose = createLetterComposer(options.baseUrl)
  const kept: KeptLetter[] = []
  let count = 0
  return {
    sendMail(to, letter) {
      count += 1
      const letterHead = { number: count, kind: letter.kind, to, at: options.clock.now() }
      const composed = { ...letterHead, ...compose(letter) }
      kept.unshift(composed)
      kept.splice(most)
      options.print(printed(composed))
    },
    close: async () => {},
    letters: {
      list: () => [...kept],
      find: (number) => kept.find((letter) => letter.number === number) ?? null,
    },
  }
}

/** With a bar before each line, to be told from what the log says around it. */
function printed({ to, subject, text }: KeptLetter): string {
  const lines = [`To: ${to}`, `Subject: ${subject}`, '', ...text.trimEnd().split('\n')]
  return `An email, which is not sent because SMTP_URL is not set:\n${lines.map((line) => `| ${line}\n`).join('')}`
}
