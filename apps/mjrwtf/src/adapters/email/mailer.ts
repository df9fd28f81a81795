import type { SendMail } from '../../application/ports/send-mail.ts'
import type { Milliseconds } from '../../domain/time.ts'

/** A way for letters to leave. */
export interface Mailer {
  readonly sendMail: SendMail
  /** Sends what waits, for `patience` at the longest, and no more afterwards. */
  close(timeout: Milliseconds): Promise<void>
}

/** The slice of a structured logger that is used here; pino fits. */
export interface MailLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
