import { createEmailComposer } from './compose-email.ts'
import type { Mailer, MailLog } from './mailer.ts'

/** Sends nothing and says so, naming neither the address nor what only its owner may read. */
export function createDisabledMailer(options: {
  readonly baseUrl: string
  readonly log: MailLog
}): Mailer {
  const compose = createEmailComposer(options.baseUrl)
  return {
    sendMail(_, email) {
      const { subject } = compose(email)
      options.log.warn({ kind: email.kind, subject }, 'email not sent: email is off')
    },
    close: async () => {},
  }
}
