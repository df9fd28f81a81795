import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePort } from '../../../../tools/testing/free-port.ts'
import { databases, openStorage } from '../support/storage.ts'
import { environmentFor } from './support/accounts.ts'
import { type Environment, runProgram, startProgram } from './support/program.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/**
 * Starts with an invalid setting and returns the error, which must be a single line without
 * internals.
 */
async function startErrorOf(env: Environment): Promise<string> {
  const { code, stdout, stderr } = await runProgram({ env, cwd: folder })
  expect(code).toBe(1)
  // The tables of a new file are created before.
  expect(stdout).toMatch(/^(\{[^\n]*"msg":"database migrated"\}\n)?$/)
  expect(stderr).toMatch(/^[^\n]+\n$/)
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|node:|Error:/)
  return stderr
}

it('names every invalid variable at once, with secrets masked, and exits with 2', async () => {
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
  const names = lines.map((line) => error.exec(line)?.[1] ?? line)
  expect(names.toSorted()).toEqual(Object.keys(wrong).toSorted())
  expect(stderr).not.toContain('hunter2')
  expect(stderr).toContain('; this file cannot be read (EISDIR).')
  expect(stderr).toContain('PORT: got eighty, expected a port from 1 to 65535.')
})

it('reports that the database directory cannot be written', async () => {
  // Root may write anywhere, but cannot create a folder inside a file.
  writeFileSync(join(folder, 'occupied'), '')
  const error = await startErrorOf({ DATABASE_URL: `sqlite:${folder}/occupied/mjrwtf.db` })
  expect(error).toMatch(/^Cannot write the database file .+\/occupied\/mjrwtf\.db \(/)
})

it('reports a path where no folder can be created, without retrying forever', async () => {
  // Linux has such a path; Node's recursive mkdir never returns from it.
  const parent = process.platform === 'linux' ? '/proc/mjrwtf' : `${folder}/occupied/mjrwtf`
  const error = await startErrorOf({ DATABASE_URL: `sqlite:${parent}/data/mjrwtf.db` })
  expect(error).toMatch(/^Cannot write the database file .+ \(/)
})

it('reports that the file is not a SQLite database', async () => {
  writeFileSync(join(folder, 'not-a-database'), 'This is not a database. '.repeat(100))
  const error = await startErrorOf({ DATABASE_URL: `sqlite:${folder}/not-a-database` })
  expect(error).toMatch(
    /^The file .+\/not-a-database is not a SQLite database, or it is corrupt\.\n$/,
  )
})

it('reports invalid secret keys', async () => {
  writeFileSync(join(folder, 'secret-keys'), 'short')
  const error = await startErrorOf({ DATABASE_URL: `sqlite:${folder}/mjrwtf.db` })
  expect(error).toContain('secret-keys must contain keys of at least 32 bytes.')
})

it('reports that the port is in use', async () => {
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

describe.each(databases)('newer database schema on %s', (kind) => {
  it.each(['app_migrations', 'session_migrations'])('rejects a newer %s', async (table) => {
    await using storage = await openStorage(kind)
    const env = environmentFor(storage)
    const program = await startProgram({ env })
    await program.stop('SIGINT')
    await storage.query(`INSERT INTO ${table} (version, name) VALUES (99, 'future')`)
    const before = await storage.fingerprint()

    expect(await startErrorOf(env)).toMatch(/version 99.+newer/)
    expect(await storage.fingerprint()).toBe(before)
  })
})

describe('unusable PostgreSQL', () => {
  const keys = { SECRET_KEYS: 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx' }

  it('reports that the server is unreachable', async () => {
    const port = await freePort()
    const url = `postgres://ann:hunter2@127.0.0.1:${port}/mjr`
    expect(await startErrorOf({ ...keys, DATABASE_URL: url })).toBe(
      `Cannot use PostgreSQL at 127.0.0.1:${port}/mjr (ECONNREFUSED). Check that it is running, and check DATABASE_URL.\n`,
    )
  })

  it('reports that the database does not exist', async () => {
    const url = new URL(inject('postgresUrl'))
    url.pathname = '/nothing_here'
    const error = await startErrorOf({ ...keys, DATABASE_URL: url.href })
    expect(error).toContain('/nothing_here (3D000).')
    expect(error).not.toContain(url.password)
  })

  it('reports that the user does not exist', async () => {
    const url = new URL(inject('postgresUrl'))
    url.username = 'other_user'
    const error = await startErrorOf({ ...keys, DATABASE_URL: url.href })
    expect(error).toMatch(/^Cannot use PostgreSQL at .+ \(28\w{3}\)/)
    expect(error).not.toContain(url.password)
  })
})
