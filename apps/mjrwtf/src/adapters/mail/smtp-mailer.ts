import { domainToASCII } from 'node:url'
import type { Clock } from '../../application/ports/clock.ts'
import type { Secrets } from '../../application/ports/secrets.ts'
import type { Letter } from '../../application/ports/send-mail.ts'
import { parseEmail } from '../../domain/email.ts'
import { hour, type Milliseconds, minute, second } from '../../domain/time.ts'
import { createLetterComposer } from './compose-letter.ts'
import type { Mailer, MailLog } from './mailer.ts'
import { createOutbox, type Delivery, type Loss } from './outbox.ts'
import {
  createSmtpDelivery,
  type Mail,
  type MailAddress,
  type MailServer,
  type SmtpCause,
  type SmtpDeliveryOptions,
} from './smtp-delivery.ts'

export interface SmtpMailerOptions {
  readonly server: MailServer
  readonly from: MailAddress
  /** Public origin without a trailing slash, to which all links lead. */
  readonly baseUrl: string
  readonly clock: Clock
  readonly secrets: Pick<Secrets, 'id'>
  readonly log: MailLog
  /** Waits before each further try. Default: for most of an hour, which is how long a reset link works. */
  readonly delays?: readonly Milliseconds[]
  readonly timeouts?: NonNullable<SmtpDeliveryOptions['timeouts']>
}

interface Outgoing {
  readonly letter: Letter
  readonly mail: Mail
}

const defaultDelays = [5 * second, 30 * second, 2 * minute, 10 * minute, hour / 2]
/** In letters, of some kilobytes each. */
const capacity = 1_000
const atOnce = 3

/**
 * Sends letters by SMTP behind the requests' backs. They wait in memory alone, for they hold tokens that are
 * stored nowhere: a crash loses them (decision 017). The log names the kind of a letter and its Message-ID,
 * never whom it is for nor what is in it.
 */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const { log } = options
  const compose = createComposeMail(options)
  const outbox = createOutbox<Outgoing, SmtpCause>({
    deliver: createDeliver(options),
    delays: options.delays ?? defaultDelays,
    atOnce,
    capacity,
    onDelivered: (outgoing) => log.info(named(outgoing), 'email sent'),
    onFailed: (outgoing, cause, nextTryIn) =>
      log.warn({ ...named(outgoing), ...cause, nextTryIn }, 'email waits for another try'),
    onLost: (outgoing, loss) => log.error({ ...named(outgoing), ...described(loss) }, 'email lost'),
  })
  return {
    sendMail(to, letter) {
      // Nothing else ever gets this far; what would is no address, whatever it may be instead.
      if (parseEmail(to) !== to) {
        return log.error({ kind: letter.kind, reason: 'no address' }, 'email lost')
      }
      outbox.put({ letter, mail: compose(to, letter) })
    },
    close: outbox.close,
  }
}

function createComposeMail({ from, baseUrl, clock, secrets }: SmtpMailerOptions) {
  const compose = createLetterComposer(baseUrl)
  // A Message-ID is ASCII (RFC 5322 section 3.6.4), whatever script the domain is written in.
  const domain = domainToASCII(from.address.slice(from.address.lastIndexOf('@') + 1))
  return (to: string, letter: Letter): Mail => ({
    ...compose(letter),
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
  return async ({ letter, mail }: Outgoing, signal: AbortSignal): Promise<Delivery<SmtpCause>> => {
    // Its link would open nothing any more.
    const isLate = 'expiresAt' in letter && clock.now() >= letter.expiresAt
    return isLate ? { status: 'refused', cause: expired } : deliver(mail, signal)
  }
}

const expired: SmtpCause = { code: 'expired', command: null, responseCode: null }

function named({ letter, mail }: Outgoing) {
  return { kind: letter.kind, messageId: mail.messageId }
}

function described(loss: Loss<SmtpCause>): object {
  return 'cause' in loss ? { reason: loss.reason, ...loss.cause } : { reason: loss.reason }
}
