import { createLetterComposer } from './compose-letter.ts'
import type { Mailer, MailLog } from './mailer.ts'

/** Sends nothing and says so, naming neither the address nor what only its owner may read. */
export function createUnsentMailer(options: {
  readonly baseUrl: string
  readonly log: MailLog
}): Mailer {
  const compose = createLetterComposer(options.baseUrl)
  return {
    sendMail(_, letter) {
      const { subject } = compose(letter)
      options.log.warn({ kind: letter.kind, subject }, 'email not sent: mail is off')
    },
    close: async () => {},
  }
}
