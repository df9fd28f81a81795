import { domainToASCII } from 'node:url'
import type { Clock } from 'coatcheck'
import type { Email } from '../../application/ports/email.ts'
import type { Log } from '../../application/ports/log.ts'
import type { Secrets } from '../../application/ports/secrets.ts'
import { parseEmail } from '../../domain/email.ts'
import { hour, type Milliseconds, minute, second } from '../../domain/time.ts'
import type { TimeZone } from '../../domain/time-zone.ts'
import { createEmailComposer, type EmailSite } from './compose-email.ts'
import type { Mailer } from './mailer.ts'
import { createOutbox, type Delivery, type Dropped } from './outbox.ts'
import {
  createSmtpDelivery,
  type EmailMessage,
  type SmtpCause,
  type SmtpConfig,
  type SmtpDeliveryOptions,
} from './smtp-delivery.ts'

export interface SmtpMailerOptions extends SmtpConfig, EmailSite {
  readonly clock: Clock
  readonly secrets: Pick<Secrets, 'id'>
  readonly log: Log
  /** Called when an email was sent or dropped, and for each attempt that will be repeated. */
  readonly onStep?: (step: 'sent' | 'retried' | 'dropped') => void
  /** Delay before each retry. Default: most of an hour in total, which is how long a reset link is valid. */
  readonly delays?: readonly Milliseconds[]
  readonly timeouts?: NonNullable<SmtpDeliveryOptions['timeouts']>
}

interface Outgoing {
  readonly email: Email
  readonly message: EmailMessage
}

const defaultDelays = [5 * second, 30 * second, 2 * minute, 10 * minute, hour / 2]
/** In emails, of some kilobytes each. */
const capacity = 1_000
const concurrency = 3

/**
 * Sends emails by SMTP in the background. The queue is in memory only, because emails contain tokens that are stored
 * nowhere else; a crash loses it (decision 017). The log contains the kind and Message-ID of each email, never its
 * recipient or content.
 */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const { log, onStep = () => {} } = options
  const compose = createMessageComposer(options)
  const outbox = createOutbox<Outgoing, SmtpCause>({
    deliver: createDeliver(options),
    delays: options.delays ?? defaultDelays,
    concurrency,
    capacity,
    onDelivered(outgoing) {
      onStep('sent')
      log.info(logFields(outgoing), 'email sent')
    },
    onFailed(outgoing, cause, retryIn) {
      onStep('retried')
      log.warn({ ...logFields(outgoing), ...cause, retryIn }, 'email delivery failed; retrying')
    },
    onDropped(outgoing, dropped) {
      onStep('dropped')
      log.error({ ...logFields(outgoing), ...dropFields(dropped) }, 'email dropped')
    },
  })
  return {
    sendMail(to, email, timeZone) {
      // Stored emails are valid; this prevents header and command injection if one ever is not.
      if (parseEmail(to) !== to) {
        onStep('dropped')
        return log.error({ kind: email.kind, reason: 'invalid-recipient' }, 'email dropped')
      }
      outbox.add({ email, message: compose({ to, email, timeZone }) })
    },
    pending: outbox.size,
    close: outbox.close,
  }
}

interface Addressed {
  readonly to: string
  readonly email: Email
  readonly timeZone: TimeZone | null | undefined
}

function createMessageComposer({ from, clock, secrets, ...site }: SmtpMailerOptions) {
  const compose = createEmailComposer(site)
  // A Message-ID must be ASCII (RFC 5322 section 3.6.4).
  const domain = domainToASCII(from.email.slice(from.email.lastIndexOf('@') + 1))
  return ({ to, email, timeZone }: Addressed): EmailMessage => ({
    ...compose(email, timeZone),
    from,
    to,
    date: new Date(clock.now()),
    messageId: `<${secrets.id()}@${domain}>`,
  })
}

function createDeliver({ server, baseUrl, clock, timeouts }: SmtpMailerOptions) {
  const clientName = new URL(baseUrl).hostname
  const deliver = createSmtpDelivery({
    server,
    clientName,
    ...(timeouts !== undefined && { timeouts }),
  })
  return async (
    { email, message }: Outgoing,
    signal: AbortSignal,
  ): Promise<Delivery<SmtpCause>> => {
    // The link in the email would be rejected.
    const isExpired = 'expiresAt' in email && clock.now() >= email.expiresAt
    return isExpired ? { status: 'rejected', cause: expiredCause } : deliver(message, signal)
  }
}

const expiredCause: SmtpCause = { code: 'expired', command: null, responseCode: null }

function logFields({ email, message }: Outgoing) {
  return { kind: email.kind, messageId: message.messageId }
}

function dropFields(dropped: Dropped<SmtpCause>): object {
  return 'cause' in dropped
    ? { reason: dropped.reason, ...dropped.cause }
    : { reason: dropped.reason }
}
