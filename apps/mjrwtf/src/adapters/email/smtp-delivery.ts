import { createTransport, type NodemailerError } from 'nodemailer'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { Delivery } from './outbox.ts'

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /**
   * `tls` from the first byte; `starttls` upgrades before anything is sent, or fails; `plain` is for loopback
   * only. The first two always verify the certificate (ASVS 5.0 V12.3.2).
   */
  readonly security: 'tls' | 'starttls' | 'plain'
  readonly credentials: { readonly user: string; readonly password: string } | null
}

export interface Sender {
  readonly name: string | null
  readonly email: string
}

export interface SmtpConfig {
  readonly server: SmtpServer
  readonly from: Sender
}

export interface EmailMessage {
  readonly from: Sender
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly date: Date
  /** The same for every attempt, so that a server can detect a duplicate. */
  readonly messageId: string
}

/** Why an attempt failed. Server responses are omitted because they repeat email addresses. */
export interface SmtpCause {
  /** Code from Nodemailer or Node: `ECONNECTION`, `EAUTH`, `EENVELOPE` … */
  readonly code: string
  /** The SMTP command that failed: `CONN`, `RCPT TO` … */
  readonly command: string | null
  /** The server's reply code, such as 450. */
  readonly responseCode: number | null
}

export interface SmtpDeliveryOptions {
  readonly server: SmtpServer
  /** Host name in the SMTP greeting: the host of the public origin. */
  readonly clientName: string
  /** Timeouts of one attempt. Default: 10 s to connect, 10 s for the greeting, 20 s without data. */
  readonly timeouts?: { readonly connection: Milliseconds; readonly socket: Milliseconds }
}

export type DeliverEmail = (
  message: EmailMessage,
  signal: AbortSignal,
) => Promise<Delivery<SmtpCause>>

const defaultTimeouts = { connection: 10 * second, socket: 20 * second }

/** Delivers emails by SMTP, each over its own connection. */
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

/** Connects, upgrades to TLS and authenticates, without sending an email. Returns why it failed, or `null`. */
export async function verifySmtp(options: SmtpDeliveryOptions): Promise<SmtpCause | null> {
  const transport = createTransport(transportOptions(options))
  try {
    await transport.verify()
    return null
  } catch (error) {
    return toCause(error)
  }
}

function transportOptions({ server, clientName, timeouts = defaultTimeouts }: SmtpDeliveryOptions) {
  const { host, port, security, credentials } = server
  return {
    host,
    port,
    name: clientName,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    // Loopback traffic needs no encryption, and local servers often have self-signed certificates.
    ignoreTLS: security === 'plain',
    ...(credentials !== null && {
      auth: { user: credentials.user, pass: credentials.password },
      // Otherwise Nodemailer sends without authentication if the server does not request it.
      forceAuth: true,
    }),
    connectionTimeout: timeouts.connection,
    dnsTimeout: timeouts.connection,
    greetingTimeout: timeouts.connection,
    socketTimeout: timeouts.socket,
  }
}

/** Passes names and email addresses separately; Nodemailer quotes and joins them (ASVS 5.0 V1.3.11). */
function toMimeMessage({ from, to, messageId, ...content }: EmailMessage) {
  return {
    ...content,
    messageId,
    from: { name: from.name ?? '', address: from.email },
    to: { name: '', address: to },
    // Suppresses automatic replies (RFC 3834 section 5).
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

/** 5yz replies are permanent (RFC 5321 section 4.2.1), except 503, which another connection may avoid. */
function isPermanent({ code, command, responseCode }: SmtpCause): boolean {
  if (responseCode !== null) return responseCode >= 500 && responseCode !== 503
  // Nodemailer itself rejected the envelope or the message.
  return command === 'API' && (code === 'EENVELOPE' || code === 'EMESSAGE')
}
