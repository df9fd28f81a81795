import { createTransport, type NodemailerError } from 'nodemailer'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { Delivery } from './outbox.ts'

/** Where letters are handed in. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /**
   * `tls` from the first byte; `starttls` upgrades before anything else is said, or fails; `plain` is for
   * this machine alone. A certificate is verified in the first two, whatever it is (ASVS 5.0 V12.3.2).
   */
  readonly security: 'tls' | 'starttls' | 'plain'
  readonly credentials: { readonly user: string; readonly password: string } | null
}

export interface Sender {
  readonly name: string | null
  readonly email: string
}

/** A letter with its envelope. */
export interface EmailMessage {
  readonly from: Sender
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly date: Date
  /** The same for every try, so that a server which got it twice can tell. */
  readonly messageId: string
}

/** Why a try failed, without what servers answer: that repeats addresses. */
export interface SmtpCause {
  /** Nodemailer's or Node's: `ECONNECTION`, `EAUTH`, `EENVELOPE` … */
  readonly code: string
  /** What was being said when it failed: `CONN`, `RCPT TO` … */
  readonly command: string | null
  /** The server's, such as 450. */
  readonly responseCode: number | null
}

export interface SmtpDeliveryOptions {
  readonly server: SmtpServer
  /** What we call ourselves in the greeting: the host of the public origin. */
  readonly clientName: string
  /** Limits of one try. Default: 10 s to connect, 10 s for the greeting, 20 s of silence. */
  readonly timeouts?: { readonly connection: Milliseconds; readonly socket: Milliseconds }
}

export type DeliverEmail = (
  message: EmailMessage,
  signal: AbortSignal,
) => Promise<Delivery<SmtpCause>>

const defaultTimeouts = { connection: 10 * second, socket: 20 * second }

/** Hands letters to a server by SMTP, each over a connection of its own. */
export function createSmtpDelivery(options: SmtpDeliveryOptions): DeliverEmail {
  const transport = createTransport(transportOptions(options))
  return async (message, signal) => {
    try {
      await transport.sendMail({ ...toMimeMessage(message), signal })
      return { status: 'delivered' }
    } catch (error) {
      const cause = toCause(error)
      return { status: isPermanent(cause) ? 'rejected' : 'failed', cause }
    }
  }
}

function transportOptions({ server, clientName, timeouts = defaultTimeouts }: SmtpDeliveryOptions) {
  const { host, port, security, credentials } = server
  return {
    ...{ host, port, name: clientName },
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    // On this machine there is nobody to hide from, and local servers show certificates that nobody signed.
    ignoreTLS: security === 'plain',
    ...(credentials !== null && {
      auth: { user: credentials.user, pass: credentials.password },
      // A server that asks for none would otherwise be given the letter without.
      forceAuth: true,
    }),
    connectionTimeout: timeouts.connection,
    dnsTimeout: timeouts.connection,
    greetingTimeout: timeouts.connection,
    socketTimeout: timeouts.socket,
  }
}

/** Names and addresses go in as parts, to be put together by who knows the syntax (ASVS 5.0 V1.3.11). */
function toMimeMessage({ from, to, messageId, ...content }: EmailMessage) {
  return {
    ...content,
    messageId,
    from: { name: from.name ?? '', address: from.email },
    to: { name: '', address: to },
    // Out-of-office answers to it would reach nobody (RFC 3834 section 5).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function toCause(error: unknown): SmtpCause {
  const { code, command, responseCode }: Partial<NodemailerError> =
    error instanceof Error ? error : {}
  return {
    code: typeof code === 'string' ? code : 'unknown',
    command: typeof command === 'string' ? command : null,
    responseCode: typeof responseCode === 'number' ? responseCode : null,
  }
}

/** What the server says for good (RFC 5321 section 4.2.1), but for 503: another connection may do. */
function isPermanent({ code, command, responseCode }: SmtpCause): boolean {
  if (responseCode !== null) return responseCode >= 500 && responseCode !== 503
  // Nodemailer itself found the envelope or the message wanting.
  return command === 'API' && (code === 'EENVELOPE' || code === 'EMESSAGE')
}
