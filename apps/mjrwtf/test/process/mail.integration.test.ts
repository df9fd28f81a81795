import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Browser } from '../support/browser.ts'
import { startMailServer } from '../support/mail-server.ts'
import { selfSigned } from '../support/self-signed.ts'
import { databases, openStorage, type Storage } from '../support/storage.ts'
import { environmentFor, operator, setUp } from './support/accounts.ts'
import { freePort, type Program, startProgram } from './support/program.ts'

const from = 'mjr.wtf <no-reply@mjr.example>'
const newPassword = 'lantern gravel oboe sixty'
const subject = /^Your localhost:\d+ password was changed$/

function start(storage: Storage, env: Readonly<Record<string, string>>): Promise<Program> {
  return startProgram({ env: environmentFor(storage, env) })
}

/** Changes the operator's password on the page, for which there is a letter. */
async function changePassword(program: Program, browser: Browser) {
  program.addSecret(newPassword, 'password')
  const fields = { current_password: operator.password, new_password: newPassword }
  const startedAt = performance.now()
  const answer = await browser.submit('/settings/password', fields)
  expect([answer.status, answer.location]).toEqual([303, '/settings/password'])
  return performance.now() - startedAt
}

/** What the log says of the letter about the changed password. */
function linesOf(program: Program, message: string): readonly Record<string, unknown>[] {
  return program
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter(({ msg, kind }) => msg === message && kind === 'password-changed')
}

const slow = { timeout: 20_000 }

describe.each(databases)('letters on %s', (kind) => {
  it('leave by the server that SMTP_URL names, and the log names neither their reader nor their links', async () => {
    await using storage = await openStorage(kind)
    const credentials = { user: 'ann@mjr.example', password: 'hunter2/@' }
    await using server = await startMailServer({ credentials })
    await using program = await start(storage, { SMTP_URL: server.url, MAIL_FROM: from })
    program.addSecret(credentials.password, 'password')
    await changePassword(program, await setUp(program))

    const changed = () => server.received().filter((mail) => subject.test(mail.subject))
    await expect.poll(() => changed().length, slow).toBe(1)
    const [mail] = changed()
    expect(mail).toMatchObject({
      recipients: [operator.email],
      from: '"mjr.wtf" <no-reply@mjr.example>',
    })
    expect(mail?.links.every((link) => link.startsWith(`${program.baseUrl}/`))).toBe(true)
    expect(mail?.text).toMatch(/When: \w+ \d+, \d{4}, \d\d:\d\d UTC/)
    await expect.poll(() => linesOf(program, 'email sent').length, slow).toBe(1)
    expect(program.log()).not.toContain(operator.email)
    // The routes of development are not there.
    expect((await program.send('/dev/mail')).status).toBe(404)
  })

  it('that wait for another try are sent before the program ends', async () => {
    await using storage = await openStorage(kind)
    let isReady = false
    await using server = await startMailServer({ respond: () => (isReady ? null : 451) })
    await using program = await start(storage, { SMTP_URL: server.url, MAIL_FROM: from })
    await changePassword(program, await setUp(program))
    await expect
      .poll(() => linesOf(program, 'email delivery failed; retrying').length, slow)
      .toBe(1)
    isReady = true
    expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(server.received().filter((mail) => subject.test(mail.subject))).toHaveLength(1)
  })

  it('hold nobody up, neither an answer nor the end, when the server is dead', async () => {
    await using storage = await openStorage(kind)
    await using hole = await startBlackHole()
    const env = { SMTP_URL: `smtp://127.0.0.1:${hole.port}`, MAIL_FROM: from }
    await using program = await start(storage, env)
    const duration = await changePassword(program, await setUp(program))
    await expect.poll(() => hole.connections(), slow).toBeGreaterThan(0)
    // The greeting is waited for much longer.
    expect(duration).toBeLessThan(5_000)
    expect(await program.stop('SIGINT')).toEqual({ code: 0, signal: null })
    expect(linesOf(program, 'email dropped')).toMatchObject([{ level: 'error' }])
  })
})

it('a certificate that nobody signed stops every letter, until the operator trusts it (V12.3.2)', async () => {
  await using storage = await openStorage('sqlite')
  await using server = await startMailServer({ security: 'tls' })
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  try {
    const env = { SMTP_URL: server.url, MAIL_FROM: from }
    await using program = await start(storage, env)
    const browser = await setUp(program)
    await changePassword(program, browser)
    await expect
      .poll(() => linesOf(program, 'email delivery failed; retrying').length, slow)
      .toBe(1)
    expect(server.received()).toEqual([])

    const authority = join(folder, 'authority.pem')
    writeFileSync(authority, selfSigned.cert)
    await using another = await openStorage('sqlite')
    await using trusting = await start(another, { ...env, NODE_EXTRA_CA_CERTS: authority })
    await changePassword(trusting, await setUp(trusting))
    await expect
      .poll(() => server.received().some((mail) => subject.test(mail.subject)), slow)
      .toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('without a server, on this machine, letters are printed and shown, and are in no log', async () => {
  await using storage = await openStorage('sqlite')
  await using program = await start(storage, {})
  const browser = await setUp(program)
  await changePassword(program, browser)
  await expect
    .poll(() => program.stdout(), slow)
    .toMatch(
      /^Email not sent \(SMTP_URL is not set\):\n\| To: ann@people\.test\n\| Subject: Your localhost:\d+ password was changed\n\|/m,
    )
  expect(program.log()).not.toContain(operator.email)
  expect((await program.send('/dev/mail')).body).toContain('was changed</a>')
})

it('without a server, on a public origin, none is written, and the log says so at the start', async () => {
  await using storage = await openStorage('sqlite')
  const env = { BASE_URL: 'https://mjr.test', TRUSTED_PROXIES: '127.0.0.1' }
  const port = await freePort()
  await using program = await start(storage, { ...env, PORT: String(port) })
  expect(program.stdout()).toContain('mail is off')
  expect((await program.send('/dev/mail', { headers: https })).status).toBe(404)
  expect(program.stdout()).not.toContain('An email')
})

const https = [['X-Forwarded-Proto', 'https']] as const

/** Takes connections and says nothing, ever. */
async function startBlackHole() {
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
