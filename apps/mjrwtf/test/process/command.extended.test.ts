import { execFile } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { databases, openStorage } from '../support/storage.ts'
import { environmentFor } from './support/accounts.ts'
import { type Environment, main, startProgram } from './support/program.ts'

async function run(env: Environment, ...args: readonly string[]) {
  const command = promisify(execFile)(process.execPath, [main, ...args], { env })
  const { code = 0, stdout, stderr } = await command.catch((error) => error)
  return { code, stdout, stderr }
}

describe.each(databases)('mjrwtf doctor on %s', (kind) => {
  it('finds no problem while the server runs, and one after the database is unreachable', async () => {
    await using storage = await openStorage(kind)
    const env = environmentFor(storage)
    await using app = await startProgram({ env })
    const own = { ...env, PORT: String(app.port) }
    const { code, stdout } = await run(own, 'doctor', '--json')
    const { checks } = JSON.parse(stdout)
    expect({
      code,
      problems: checks.filter((check: unknown) => Object(check).status !== 'ok'),
    }).toEqual({ code: 0, problems: [] })
    expect(checks.map((check: unknown) => Object(check).id)).toContain('database')

    const other = kind === 'sqlite' ? 'sqlite:/proc/no/such.db' : 'postgres://a:b@127.0.0.1:1/x'
    const broken = await run({ ...own, DATABASE_URL: other }, 'doctor')
    expect(broken.stdout).toMatch(kind === 'sqlite' ? /no database in/ : /FAILED +Cannot use/)
  })
})

it('doctor reports a database that other users can read', async () => {
  await using storage = await openStorage('sqlite')
  const env = environmentFor(storage)
  await (await startProgram({ env })).stop()
  const file = storage.url.replace(/^sqlite:/, '')
  chmodSync(file, 0o644)
  const { code, stdout, stderr } = await run(env, 'doctor')
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'Failed checks: 1.\n' })
  expect(stdout).toContain(`FAILED   Other users can read ${file}. Run: chmod 600 ${file}\n`)
})

it('names a misspelled variable at start, and not its value', async () => {
  await using storage = await openStorage('sqlite')
  const env = { ...environmentFor(storage), SECRET_KEY: 'the-value-of-a-secret' }
  await using app = await startProgram({ env })
  const line = app
    .log()
    .split('\n')
    .find((each) => each.includes('"SECRET_KEY"'))
  expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 'warn', similar: 'SECRET_KEYS' })
  expect(app.stdout()).not.toContain(env.SECRET_KEY)
})

it('config hides secrets and names the file of one', async () => {
  const env = { SECRET_KEYS: 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx', PORT: '8081' }
  const { code, stdout } = await run(env, 'config')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^PORT +8081 +environment$/m)
  expect(stdout).toMatch(/^SECRET_KEYS +\(hidden, 43 characters\) +environment$/m)
  expect(stdout).not.toContain(env.SECRET_KEYS)
})

it('ends without an error if the reader of its output has closed the pipe', async () => {
  const script = `"$0" "$1" completion zsh | true; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = await promisify(execFile)('bash', [
    '-c',
    script,
    process.execPath,
    main,
  ])
  expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' })
})
