import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { selfSigned } from './self-signed.ts'

/** An email as received. */
export interface ReceivedMail {
  /** Envelope recipients, which decide the delivery. */
  readonly recipients: readonly string[]
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Every URL in the text, in order. */
  readonly links: readonly string[]
  /** Values by lower-case name, unfolded. */
  readonly headers: ReadonlyMap<string, string>
  /** The complete message. */
  readonly source: string
  readonly encrypted: boolean
  /** The authenticated SMTP user. */
  readonly user: string | null
}

export interface MailServerOptions {
  /** Default: `plain`, without STARTTLS. The others use a self-signed certificate. */
  readonly security?: 'plain' | 'starttls' | 'tls'
  /** Required before an email is accepted. */
  readonly credentials?: { readonly user: string; readonly password: string }
  /**
   * The reply code for the nth email, counted from 1: 4xx or 5xx, or `null` to accept it. Default:
   * all are accepted.
   */
  readonly respond?: (count: number) => number | null | Promise<number | null>
  /** Default: any free port. */
  readonly port?: number
}

/** A real SMTP server on this machine. */
export interface MailServer extends AsyncDisposable {
  readonly port: number
  /** For SMTP_URL. */
  readonly url: string
  /** Accepted emails, oldest first. */
  received(): readonly ReceivedMail[]
  /** Number of emails received, accepted or not. */
  deliveryAttempts(): number
  /** Number of connections. */
  connections(): number
  /** Number of authentication attempts. */
  authAttempts(): number
}

/** Starts an SMTP server that stores what it receives. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { security = 'plain', credentials, respond = () => null } = options
  const received: ReceivedMail[] = []
  const count = { deliveryAttempts: 0, connections: 0, authAttempts: 0 }
  const server = new SMTPServer({
    ...(security === 'plain' ? {} : selfSigned),
    secure: security === 'tls',
    disabledCommands: [
      ...(security === 'plain' ? ['STARTTLS'] : []),
      ...(credentials === undefined ? ['AUTH'] : []),
    ],
    authOptional: credentials === undefined,
    closeTimeout: 100,
    disableReverseLookup: true,
    onAuth({ username, password }, _, done) {
      count.authAttempts += 1
      const credentialsMatch = username === credentials?.user && password === credentials?.password
      done(credentialsMatch ? null : new Error('No such user.'), { user: username })
    },
    onData(stream, session, done) {
      count.deliveryAttempts += 1
      const attempt = count.deliveryAttempts
      receive(stream, session)
        .then(async (mail) => {
          const code = await respond(attempt)
          if (code !== null)
            throw Object.assign(new Error('Rejected by the test.'), { responseCode: code })
          received.push(mail)
        })
        .then(() => done(), done)
    },
  })
  // Raised when a client rejects the certificate or disconnects.
  server.on('error', () => {})
  server.server.on('connection', () => {
    count.connections += 1
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    url: urlOf(port, options),
    received: () => received,
    deliveryAttempts: () => count.deliveryAttempts,
    connections: () => count.connections,
    authAttempts: () => count.authAttempts,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  }
}

function urlOf(port: number, { security, credentials }: MailServerOptions): string {
  const userInfo =
    credentials === undefined
      ? ''
      : `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`
  return `${security === 'tls' ? 'smtps' : 'smtp'}://${userInfo}127.0.0.1:${port}`
}

type OnData = NonNullable<SMTPServerOptions['onData']>

async function receive(
  stream: Parameters<OnData>[0],
  { envelope, secure, user }: Parameters<OnData>[1],
): Promise<ReceivedMail> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  const source = Buffer.concat(chunks).toString('utf8')
  const mail = await simpleParser(source)
  const text = mail.text ?? ''
  return {
    recipients: envelope.rcptTo.map(({ address }) => address),
    from: mail.from?.text ?? '',
    to: [mail.to ?? []]
      .flat()
      .map((each) => each.text)
      .join(', '),
    subject: mail.subject ?? '',
    text,
    html: mail.html || '',
    links: text.match(/https?:\/\/\S+/g) ?? [],
    headers: headersOf(source),
    source,
    encrypted: secure,
    user: typeof user === 'string' ? user : null,
  }
}

function headersOf(source: string): ReadonlyMap<string, string> {
  const [head = ''] = source.split('\r\n\r\n', 1)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  return new Map(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':')
      return [name.toLowerCase(), value.join(':').trim()] as const
    }),
  )
}
