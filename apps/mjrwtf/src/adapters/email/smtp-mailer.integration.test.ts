import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createFakeClock } from 'coatcheck/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { type MailServerOptions, startMailServer } from '../../../test/support/mail-server.ts'
import { selfSigned } from '../../../test/support/self-signed.ts'
import type { Email } from '../../application/ports/email.ts'
import { second } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import type { SmtpServer } from './smtp-delivery.ts'
import { createSmtpMailer, type SmtpMailerOptions } from './smtp-mailer.ts'

const token = 'Qm3_x-9Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQeKu0iPoE'
const to = 'ada@users.test'
const clock = createFakeClock()
/** The machine may be busy with other tests. */
const slow = { timeout: 15_000 }

function resetEmail(): Email {
  return { kind: 'reset-password', token, expiresAt: clock.now() + 3_600 * second }
}

/** A mailer for a server on a local port, and its log lines. */
function aMailer(
  server: Partial<SmtpServer> & Pick<SmtpServer, 'port'>,
  options: Partial<SmtpMailerOptions> = {},
) {
  const lines: Readonly<Record<string, unknown>>[] = []
  const log = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, ...fields })
  const mailer = createSmtpMailer({
    server: { host: '127.0.0.1', security: 'plain', credentials: null, ...server },
    from: { name: 'Zoë, of mjr.wtf', email: 'no-reply@mjr.example' },
    baseUrl: 'https://links.example',
    clock,
    secrets: nodeSecrets,
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    delays: [10, 10],
    ...options,
  })
  return {
    ...mailer,
    lines: (message: string) => lines.filter((line) => line.message === message),
    /** Checks that no log line contains a recipient or a token. */
    expectDiscretion: () => {
      const logged = JSON.stringify(lines)
      expect(logged).not.toMatch(/users\.test|ada|hunter/)
      expect(logged).not.toContain(token)
    },
  }
}

async function aServer(options: MailServerOptions = {}) {
  return startMailServer(options)
}

describe('an email', () => {
  it('arrives as text and HTML, marked as auto-generated', async () => {
    await using server = await aServer()
    const mailer = aMailer(server)
    mailer.sendMail(to, resetEmail())
    await mailer.close(5_000)

    const [message] = server.received()
    expect(server.received()).toHaveLength(1)
    expect(message).toMatchObject({
      recipients: [to],
      from: '"Zoë, of mjr.wtf" <no-reply@mjr.example>',
      to,
      subject: 'Reset your links.example password',
      links: [`https://links.example/reset?token=${token}`, 'https://links.example/'],
    })
    expect(message?.html).toContain(`href="https://links.example/reset?token=${token}"`)
    expect(Object.fromEntries(message?.headers ?? [])).toMatchObject({
      'auto-submitted': 'auto-generated',
      'message-id': expect.stringMatching(/^<[\w-]{22}@mjr\.example>$/),
      date: expect.stringMatching(/^[A-Z][a-z]{2}, .*\+0000$/),
      'content-type': expect.stringContaining('multipart/alternative'),
    })
    // No header names the program or its host.
    expect([...(message?.headers.keys() ?? [])].toSorted()).toEqual([
      ...['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version'],
      ...['subject', 'to'],
    ])
    expect(mailer.lines('email sent')).toEqual([
      {
        level: 'info',
        message: 'email sent',
        kind: 'reset-password',
        messageId: message?.headers.get('message-id'),
      },
    ])
    mailer.expectDiscretion()
  })

  it.each([
    'ada@users.test\r\nBcc: eve@evil.test',
    'ada@users.test>\r\nRCPT TO:<eve@evil.test',
    'ada@users.test, eve@evil.test',
    'Ada <ada@users.test>, eve@evil.test',
    'ada@users.test\u0000',
    'ada@users.test\u2028eve@evil.test',
    '"ada@users.test eve@evil.test"@users.test',
    ' ada@users.test',
    '',
  ])('is dropped for the invalid recipient %j (V1.3.11)', async (address) => {
    await using server = await aServer()
    const mailer = aMailer(server)
    mailer.sendMail(address, resetEmail())
    mailer.sendMail(to, resetEmail())
    await mailer.close(5_000)

    expect(server.received().map(({ recipients }) => recipients)).toEqual([[to]])
    expect(mailer.lines('email dropped')).toMatchObject([{ reason: 'invalid-recipient' }])
    mailer.expectDiscretion()
  })

  it('gets no header from a device name with line breaks (V1.3.11)', async () => {
    await using server = await aServer()
    const mailer = aMailer(server)
    const device = 'Firefox\r\nBcc: eve@evil.test\r\n\r\n.\r\nRCPT TO:<eve@evil.test>'
    const from = { device, ipAddress: '203.0.113.9', location: '\r\n.\r\nQUIT' }
    mailer.sendMail(to, { kind: 'new-device', at: clock.now(), from })
    await mailer.close(5_000)

    const [message] = server.received()
    expect(server.received()).toHaveLength(1)
    expect(message?.recipients).toEqual([to])
    expect(message?.headers.has('bcc')).toBe(false)
    expect(message?.text).toContain(
      'Device: Firefox Bcc: eve@evil . test . RCPT TO:<eve@evil . test>',
    )
  })

  it('reaches non-ASCII email addresses', async () => {
    await using server = await aServer()
    const mailer = aMailer(server)
    mailer.sendMail('zoë@bücher.test', resetEmail())
    await mailer.close(5_000)
    expect(server.received().map(({ recipients }) => recipients)).toEqual([['zoë@bücher.test']])
  })

  it('uses the ASCII form of a non-ASCII sender domain', async () => {
    await using server = await aServer()
    const mailer = aMailer(server, { from: { name: null, email: 'no-reply@bücher.test' } })
    mailer.sendMail(to, resetEmail())
    await mailer.close(5_000)
    const [message] = server.received()
    expect(message?.headers.get('from')).toBe('no-reply@xn--bcher-kva.test')
    expect(message?.headers.get('message-id')).toMatch(/^<[\w-]{22}@xn--bcher-kva\.test>$/)
  })
})

describe('SMTP failure', () => {
  it.each([421, 450, 451, 503])(
    'retries a temporary failure (%i) with the same Message-ID',
    async (code) => {
      const ids: unknown[] = []
      await using server = await aServer({ respond: (count) => (count < 3 ? code : null) })
      const mailer = aMailer(server)
      mailer.sendMail(to, resetEmail())
      await expect.poll(() => server.received().length, slow).toBe(1)
      await mailer.close(5_000)

      const failed = mailer.lines('email delivery failed; retrying')
      expect(failed).toHaveLength(2)
      expect(failed[0]).toMatchObject({
        responseCode: code,
        kind: 'reset-password',
        retryIn: 10,
      })
      for (const line of [...failed, ...mailer.lines('email sent')]) ids.push(line.messageId)
      expect(new Set(ids).size).toBe(1)
      expect(server.deliveryAttempts()).toBe(3)
      mailer.expectDiscretion()
    },
  )

  it.each([550, 552, 554])('does not retry a permanent failure (%i)', async (code) => {
    await using server = await aServer({ respond: () => code })
    const mailer = aMailer(server)
    mailer.sendMail(to, resetEmail())
    await expect.poll(() => mailer.lines('email dropped'), slow).toHaveLength(1)
    await mailer.close(5_000)

    expect(server.deliveryAttempts()).toBe(1)
    expect(mailer.lines('email dropped')).toMatchObject([
      { level: 'error', kind: 'reset-password', reason: 'rejected', responseCode: code },
    ])
    mailer.expectDiscretion()
  })

  it('drops an email after the last attempt', async () => {
    await using server = await aServer({ respond: () => 451 })
    const mailer = aMailer(server)
    mailer.sendMail(to, resetEmail())
    await expect.poll(() => mailer.lines('email dropped'), slow).toHaveLength(1)
    expect(server.deliveryAttempts()).toBe(3)
    expect(mailer.lines('email dropped')).toMatchObject([{ reason: 'failed', responseCode: 451 }])
    await mailer.close(5_000)
  })

  it('retries until an unreachable server is back', async () => {
    const closedServer = await aServer()
    await closedServer[Symbol.asyncDispose]()
    const mailer = aMailer(closedServer, { delays: Array.from({ length: 500 }, () => 20) })
    mailer.sendMail(to, resetEmail())
    await expect
      .poll(() => mailer.lines('email delivery failed; retrying').length, slow)
      .toBeGreaterThan(1)
    await using back = await aServer({ port: closedServer.port })
    await expect.poll(() => back.received().length, slow).toBe(1)
    expect(mailer.lines('email delivery failed; retrying')).toContainEqual(
      expect.objectContaining({ code: 'ESOCKET', responseCode: null }),
    )
    await mailer.close(5_000)
  })

  it('drops an email whose link has expired', async () => {
    const laterClock = createFakeClock()
    await using server = await aServer({ respond: () => 451 })
    const delays = Array.from({ length: 1_000 }, () => 10)
    const mailer = aMailer(server, { clock: laterClock, delays })
    mailer.sendMail(to, { ...resetEmail(), expiresAt: laterClock.now() + second } as Email)
    await expect.poll(() => server.deliveryAttempts(), slow).toBeGreaterThan(0)
    laterClock.advance(second)
    await expect
      .poll(() => mailer.lines('email dropped'), slow)
      .toMatchObject([{ code: 'expired' }])
    await mailer.close(5_000)
  })
})

describe('SMTP authentication', () => {
  const credentials = { user: 'ann@mjr.example', password: 'hunter2/@:' }

  it('sends the credentials', async () => {
    await using server = await aServer({ credentials })
    const mailer = aMailer({ ...server, credentials })
    mailer.sendMail(to, resetEmail())
    await mailer.close(5_000)
    expect(server.received()).toMatchObject([{ user: credentials.user }])
  })

  it('drops an email on wrong credentials and never logs the password', async () => {
    await using server = await aServer({ credentials })
    const mailer = aMailer({ ...server, credentials: { ...credentials, password: 'hunter3' } })
    mailer.sendMail(to, resetEmail())
    await expect.poll(() => mailer.lines('email dropped'), slow).toHaveLength(1)
    expect(mailer.lines('email dropped')).toMatchObject([{ code: 'EAUTH', responseCode: 535 }])
    await mailer.close(5_000)
    expect(server.received()).toEqual([])
    mailer.expectDiscretion()
  })

  it('sends no email to a server without authentication', async () => {
    await using server = await aServer()
    const mailer = aMailer({ ...server, credentials }, { delays: [] })
    mailer.sendMail(to, resetEmail())
    await expect.poll(() => mailer.lines('email dropped'), slow).toHaveLength(1)
    await mailer.close(5_000)
    expect(server.received()).toEqual([])
  })
})

describe('TLS', () => {
  const trusted = getCACertificates('default')
  const credentials = { user: 'ann@mjr.example', password: 'hunter2' }
  afterEach(() => setDefaultCACertificates(trusted))

  it.each(['starttls', 'tls'] as const)(
    'rejects an untrusted certificate before sending anything (V12.3.2): %s',
    async (security) => {
      await using server = await aServer({ security, credentials })
      const mailer = aMailer({ ...server, security, credentials }, { delays: [] })
      mailer.sendMail(to, resetEmail())
      await expect.poll(() => mailer.lines('email dropped'), slow).toHaveLength(1)
      await mailer.close(5_000)
      expect([server.connections(), server.authAttempts(), server.received()]).toEqual([1, 0, []])
      mailer.expectDiscretion()
    },
  )

  it.each(['starttls', 'tls'] as const)('accepts a trusted certificate: %s', async (security) => {
    setDefaultCACertificates([...trusted, selfSigned.cert])
    await using server = await aServer({ security, credentials })
    const mailer = aMailer({ ...server, security, credentials }, { delays: [] })
    mailer.sendMail(to, resetEmail())
    await mailer.close(5_000)
    expect(server.received()).toMatchObject([{ encrypted: true, user: credentials.user }])
  })

  it('rejects a certificate for another host', async () => {
    setDefaultCACertificates([...trusted, selfSigned.cert])
    await using server = await aServer({ security: 'tls' })
    const mailer = aMailer({ ...server, host: 'localhost', security: 'tls' }, { delays: [] })
    mailer.sendMail(to, resetEmail())
    await expect.poll(() => mailer.lines('email dropped'), slow).toHaveLength(1)
    await mailer.close(5_000)
    expect([server.connections(), server.received()]).toEqual([1, []])
  })

  it('sends neither password nor email to a server without STARTTLS (V12.3.1)', async () => {
    await using server = await aServer({ credentials })
    const mailer = aMailer({ ...server, security: 'starttls', credentials }, { delays: [] })
    mailer.sendMail(to, resetEmail())
    await expect.poll(() => mailer.lines('email dropped'), slow).toHaveLength(1)
    await mailer.close(5_000)
    expect([server.connections(), server.authAttempts(), server.received()]).toEqual([1, 0, []])
  })
})

describe('shutdown', () => {
  it('sends pending emails immediately and drops later ones', async () => {
    await using server = await aServer({ respond: (count) => (count <= 5 ? 451 : null) })
    const mailer = aMailer(server, { delays: [3_600 * second] })
    for (let n = 0; n < 5; n += 1) mailer.sendMail(to, resetEmail())
    await expect.poll(() => mailer.lines('email delivery failed; retrying'), slow).toHaveLength(5)
    await mailer.close(5_000)
    expect(server.received()).toHaveLength(5)
    mailer.sendMail(to, resetEmail())
    expect(mailer.lines('email dropped')).toMatchObject([{ reason: 'closed' }])
  })

  it('is not delayed by an unresponsive server; dropped emails are logged', async () => {
    const never = new Promise<null>(() => {})
    await using server = await aServer({ respond: () => never })
    const mailer = aMailer(server)
    for (let n = 0; n < 5; n += 1) mailer.sendMail(to, resetEmail())
    await expect.poll(() => server.deliveryAttempts(), slow).toBe(3)
    const startedAt = performance.now()
    await mailer.close(200)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(mailer.lines('email dropped')).toHaveLength(5)
    mailer.expectDiscretion()
  })
})

it('queues at most 1000 emails, and logs and drops further ones', async () => {
  const never = new Promise<null>(() => {})
  await using server = await aServer({ respond: () => never })
  const mailer = aMailer(server)
  for (let n = 0; n < 1_010; n += 1) mailer.sendMail(to, resetEmail())
  expect(mailer.lines('email dropped')).toHaveLength(10)
  expect(mailer.lines('email dropped')[0]).toMatchObject({ reason: 'full' })
  await expect.poll(() => server.connections(), slow).toBe(3)
  await mailer.close(0)
})
