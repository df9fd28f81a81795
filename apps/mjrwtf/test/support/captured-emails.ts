import type { FakeClock } from 'coatcheck/testing'
import { type ComposedEmail, createEmailComposer } from '../../src/adapters/email/compose-email.ts'
import { createConsoleMailer } from '../../src/adapters/email/mailer.ts'
import type { Email, SendMail } from '../../src/application/ports/email.ts'
import type { Config } from '../../src/config/config.ts'
import type { LeakDetector } from './leak-detector.ts'

/** An email and its recipient. */
export interface SentEmail {
  readonly to: string
  readonly email: Email
  /** As it would be sent. */
  readonly composed: ComposedEmail
}

/** Captures sent emails for the tests and registers their tokens with the leak detector. */
export function createEmailCapture(
  { config, clock }: { readonly config: Config; readonly clock: FakeClock },
  leakDetector: Pick<LeakDetector, 'addSecret'>,
) {
  const emails: SentEmail[] = []
  const compose = createEmailComposer({ ...config, siteName: config.site.name })
  const consoleMailer = createConsoleMailer({ baseUrl: config.baseUrl, clock, print: () => {} })
  const sendMail: SendMail = (to, email, timeZone) => {
    if ('token' in email) leakDetector.addSecret(email.token, 'token')
    emails.push({ to, email, composed: compose(email, timeZone) })
    consoleMailer.sendMail(to, email, timeZone)
  }
  const mailer = { ...consoleMailer, sendMail }
  return { mailer, emails: () => emails, captured: consoleMailer.capturedEmails }
}
