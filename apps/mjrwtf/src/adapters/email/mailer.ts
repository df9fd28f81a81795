import type { SendMail } from '../../application/ports/email.ts'
import type { Log } from '../../application/ports/log.ts'
import type { Milliseconds } from '../../domain/time.ts'
import { createEmailComposer } from './compose-email.ts'

export interface Mailer {
  readonly sendMail: SendMail
  /** Sends the queued emails within `timeout`, and drops the rest and all later ones. */
  close(timeout: Milliseconds): Promise<void>
}

/** Sends nothing. Logs the kind and subject of each email, but neither its recipient nor its content. */
export function createDisabledMailer(options: {
  readonly baseUrl: string
  readonly log: Log
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
