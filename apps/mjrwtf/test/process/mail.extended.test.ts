import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../../../tools/testing/free-port.ts'
import type { Browser } from '../support/browser.ts'
import { startMailServer } from '../support/mail-server.ts'
import { selfSigned } from '../support/self-signed.ts'
import { databases, openStorage, type Storage } from '../support/storage.ts'
import { environmentFor, operator, setUp } from './support/accounts.ts'
import { type Program, startProgram } from './support/program.ts'

const from = 'mjr.wtf <no-reply@mjr.example>'
const newPassword = 'lantern gravel oboe sixty'
const subject = /^Your localhost:\d+ password was changed$/

function start(storage: Storage, env: Readonly<Record<string, string>>): Promise<Program> {
  return startProgram({ env: environmentFor(storage, env) })
}

/** Changes the operator's password through the form, which sends an email. */
async function changePassword(program: Program, browser: Browser) {
  program.addSecret(newPassword, 'password')
  const fields = { current_password: operator.password, new_password: newPassword }
  const startedAt = performance.now()
  const answer = await browser.submit('/settings/password', fields)
  expect([answer.status, answer.location]).toEqual([303, '/settings/password'])
  return performance.now() - startedAt
}

/** Log entries about the email of the password change. */
function linesOf(program: Program, message: string): readonly Record<string, unknown>[] {
  return program
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter(({ msg, kind }) => msg === message && kind === 'password-changed')
}

describe.each(databases)('SMTP delivery on %s', (kind) => {
  it('sends through SMTP_URL, and logs neither recipient nor links', async () => {
    await using storage = await openStorage(kind)
    const credentials = { user: 'ann@mjr.example', password: 'hunter2/@' }
    await using server = await startMailServer({ credentials })
    await using program = await start(storage, { SMTP_URL: server.url, MAIL_FROM: from })
    program.addSecret(credentials.password, 'password')
    await changePassword(program, await setUp(program))

    const changed = () => server.received().filter((mail) => subject.test(mail.subject))
    await expect.poll(() => changed().length).toBe(1)
    const [mail] = changed()
    expect(mail).toMatchObject({
      recipients: [operator.email],
      from: '"mjr.wtf" <no-reply@mjr.example>',
    })
    expect(mail?.links.every((link) => link.startsWith(`${program.baseUrl}/`))).toBe(true)
    expect(mail?.text).toMatch(/When: \w+ \d+, \d{4}, \d\d:\d\d UTC/)
    await expect.poll(() => linesOf(program, 'email sent').length).toBe(1)
    expect(program.log()).not.toContain(operator.email)
    // Routes of the development mailbox do not exist.
    expect((await program.send('/dev/mail')).status).toBe(404)
  })

  it('sends emails that wait for a retry before the program exits', async () => {
    await using storage = await openStorage(kind)
    let isReady = false
    await using server = await startMailServer({ respond: () => (isReady ? null : 451) })
    await using program = await start(storage, { SMTP_URL: server.url, MAIL_FROM: from })
    await changePassword(program, await setUp(program))
    await expect.poll(() => linesOf(program, 'email delivery failed; retrying').length).toBe(1)
    isReady = true
    expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(server.received().filter((mail) => subject.test(mail.subject))).toHaveLength(1)
  })

  it('an unresponsive server delays neither responses nor shutdown', async () => {
    await using storage = await openStorage(kind)
    await using unresponsive = await startUnresponsiveServer()
    const env = { SMTP_URL: `smtp://127.0.0.1:${unresponsive.port}`, MAIL_FROM: from }
    await using program = await start(storage, env)
    const duration = await changePassword(program, await setUp(program))
    await expect.poll(() => unresponsive.connections()).toBeGreaterThan(0)
    // The SMTP greeting timeout is 10 s.
    expect(duration).toBeLessThan(10_000)
    expect(await program.stop('SIGINT')).toEqual({ code: 0, signal: null })
    expect(linesOf(program, 'email dropped')).toMatchObject([{ level: 'error' }])
  })
})

it('an untrusted certificate stops all emails until the operator trusts it (V12.3.2)', async () => {
  await using storage = await openStorage('sqlite')
  await using server = await startMailServer({ security: 'tls' })
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  try {
    const env = { SMTP_URL: server.url, MAIL_FROM: from }
    await using program = await start(storage, env)
    const browser = await setUp(program)
    await changePassword(program, browser)
    await expect.poll(() => linesOf(program, 'email delivery failed; retrying').length).toBe(1)
    expect(server.received()).toEqual([])

    const authority = join(folder, 'authority.pem')
    writeFileSync(authority, selfSigned.cert)
    await using another = await openStorage('sqlite')
    await using trusting = await start(another, { ...env, NODE_EXTRA_CA_CERTS: authority })
    await changePassword(trusting, await setUp(trusting))
    await expect.poll(() => server.received().some((mail) => subject.test(mail.subject))).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('without SMTP in development, emails are printed and shown, but not logged', async () => {
  await using storage = await openStorage('sqlite')
  await using program = await start(storage, {})
  const browser = await setUp(program)
  await changePassword(program, browser)
  await expect
    .poll(() => program.stdout())
    .toMatch(
      /^Email not sent \(SMTP_URL is not set\):\n\| To: ann@users\.test\n\| Subject: Your localhost:\d+ password was changed\n\|/m,
    )
  expect(program.log()).not.toContain(operator.email)
  expect((await program.send('/dev/mail')).body).toContain('was changed</a>')
})

it('without SMTP on a public origin, no email is composed, and startup logs that', async () => {
  await using storage = await openStorage('sqlite')
  const env = { BASE_URL: 'https://mjr.test', TRUSTED_PROXIES: '127.0.0.1' }
  const port = await freePort()
  await using program = await start(storage, { ...env, PORT: String(port) })
  expect(program.stdout()).toContain('mail is off')
  expect((await program.send('/dev/mail', { headers: https })).status).toBe(404)
  expect(program.stdout()).not.toContain('An email')
})

const https = [['X-Forwarded-Proto', 'https']] as const

/** Accepts connections and never responds. */
async function startUnresponsiveServer() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
