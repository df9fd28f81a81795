import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { databases, openStorage } from '../support/storage.ts'
import { environmentFor } from './support/accounts.ts'
import { type Environment, freePort, runProgram, startProgram } from './support/program.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Starts with something wrong; what was said about it, which is one line and nothing of our insides. */
async function startErrorOf(env: Environment): Promise<string> {
  const { code, stdout, stderr } = await runProgram({ env, cwd: folder })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^[^\n]+\n$/)
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|node:|Error:/)
  return stderr
}

it('names every bad variable at once, secrets masked, and ends with 2', async () => {
  const wrong: Environment = {
    PORT: 'eighty',
    HOST: 'http://x',
    BASE_URL: 'http://mjr.example',
    SHORT_BASE_URL: 'ftp://s.example',
    DATABASE_URL: 'postgres://ann:hunter2@db.example/mjr',
    SECRET_KEYS: 'hunter2',
    SESSION_MAX_AGE: '24',
    SESSION_IDLE_TIMEOUT: 'never',
    SESSION_REMEMBER_MAX_AGE: 'forever',
    SESSION_REMEMBER_IDLE_TIMEOUT: '0d',
    SESSION_COOKIE_NAME: 'a b',
    SESSION_SAME_SITE: 'off',
    SESSION_CLEANUP_INTERVAL: '0s',
    SESSION_IP_CHECK: 'yes',
    MAX_SESSIONS_PER_USER: '0',
    TRUSTED_PROXIES: 'proxy',
    AUTH_TOKEN: 'hunter2',
    AUTH_TOKENS: 'hunter2,hunter2',
    GEOIP_DATABASE: folder,
    SMTP_URL: 'smtp://ann:hunter2@mail.example/inbox',
    MAIL_FROM: 'nobody',
    SIGNUP: 'yes',
    PASSWORD_MIN_LENGTH: '3',
    LOG_LEVEL: 'loud',
  }

  const { code, stdout, stderr } = await runProgram({ env: wrong, cwd: folder })

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  const [headline, ...lines] = stderr.trimEnd().split('\n')
  expect(headline).toBe('Invalid configuration:')
  const error = /^ {2}([A-Z_]+): got .+, expected .+\.$/
  const named = lines.map((line) => error.exec(line)?.[1] ?? line)
  expect(named.toSorted()).toEqual(Object.keys(wrong).toSorted())
  expect(stderr).not.toContain('hunter2')
  expect(stderr).toContain('; this file cannot be read (EISDIR).')
  expect(stderr).toContain('PORT: got eighty, expected a port from 1 to 65535.')
})

it('says that the directory cannot be written', async () => {
  // Root may write anywhere, but nobody makes a folder inside a file.
  writeFileSync(join(folder, 'occupied'), '')
  const error = await startErrorOf({ DATABASE_URL: `sqlite:${folder}/occupied/mjrwtf.db` })
  expect(error).toMatch(/^Cannot write the database file .+\/occupied\/mjrwtf\.db \(/)
})

it('says so of a place where no folder can be made, and does not try for ever', async () => {
  // Linux has such a place; Node's own way of making folders never comes back from it.
  const place = process.platform === 'linux' ? '/proc/mjrwtf' : `${folder}/occupied/mjrwtf`
  const error = await startErrorOf({ DATABASE_URL: `sqlite:${place}/data/mjrwtf.db` })
  expect(error).toMatch(/^Cannot write the database file .+ \(/)
})

it('says that the file is no database', async () => {
  writeFileSync(join(folder, 'letter'), 'Dear Ann, this is not a database. '.repeat(100))
  const error = await startErrorOf({ DATABASE_URL: `sqlite:${folder}/letter` })
  expect(error).toMatch(/^The file .+\/letter is not a SQLite database, or it is corrupt\.\n$/)
})

it('says that the keys are none', async () => {
  writeFileSync(join(folder, 'secret-keys'), 'short')
  const error = await startErrorOf({ DATABASE_URL: `sqlite:${folder}/mjrwtf.db` })
  expect(error).toContain('secret-keys must contain keys of at least 32 bytes.')
})

it('says that the port is in use', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  try {
    const address = other.address()
    const port = address !== null && typeof address === 'object' ? String(address.port) : ''
    const env = { PORT: port, DATABASE_URL: `sqlite:${folder}/port/mjrwtf.db` }
    expect(await startErrorOf(env)).toBe(
      `Port ${port} on 127.0.0.1 is in use. Stop what uses it, or set PORT.\n`,
    )
  } finally {
    other.close()
  }
})

describe.each(databases)('on %s', (kind) => {
  it.each(['app_migrations', 'session_migrations'])('refuses a newer %s', async (table) => {
    await using storage = await openStorage(kind)
    const env = environmentFor(storage)
    const program = await startProgram({ env })
    await program.stop('SIGINT')
    await storage.query(`INSERT INTO ${table} (version, name) VALUES (99, 'of tomorrow')`)
    const before = await storage.fingerprint()

    expect(await startErrorOf(env)).toMatch(/version 99.+newer/)
    expect(await storage.fingerprint()).toBe(before)
  })
})

describe('PostgreSQL that cannot be used', () => {
  const keys = { SECRET_KEYS: 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx' }

  it('is not there', async () => {
    const port = await freePort()
    const url = `postgres://ann:hunter2@127.0.0.1:${port}/mjr`
    expect(await startErrorOf({ ...keys, DATABASE_URL: url })).toBe(
      `Cannot use PostgreSQL at 127.0.0.1:${port}/mjr (ECONNREFUSED). Check that it is running, and check DATABASE_URL.\n`,
    )
  })

  it('has no such database', async () => {
    const url = new URL(inject('postgresUrl'))
    url.pathname = '/nothing_here'
    const error = await startErrorOf({ ...keys, DATABASE_URL: url.href })
    expect(error).toContain('/nothing_here (3D000).')
    expect(error).not.toContain(url.password)
  })

  it('has no such user', async () => {
    const url = new URL(inject('postgresUrl'))
    url.username = 'somebody_else'
    const error = await startErrorOf({ ...keys, DATABASE_URL: url.href })
    expect(error).toMatch(/^Cannot use PostgreSQL at .+ \(28\w{3}\)/)
    expect(error).not.toContain(url.password)
  })
})
