import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { operator, setUp, signIn } from './support/accounts.ts'
import { type Program, startProgram } from './support/program.ts'

/** Started with no variable except PORT, which may be in use otherwise. */
let folder = ''
let program: Program

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  program = await startProgram({ cwd: folder })
})

afterAll(async () => {
  // Fails if the output contains a secret or a line that is not JSON.
  await program[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

function modeOf(...path: readonly string[]): string {
  return (statSync(join(folder, ...path)).mode & 0o777).toString(8)
}

it('startup: prints its URL and the setup link', async () => {
  const link = await program.setUpLink()
  expect(link.href).toMatch(
    new RegExp(`^http://localhost:${program.port}/setup\\?code=[\\w-]{22,}$`),
  )
  const [migrated = '', greeting] = program.stdout().split('\n')
  expect(JSON.parse(migrated)).toMatchObject({ msg: 'database migrated' })
  expect(greeting).toBe(`mjr.wtf is running at ${link.origin}`)
})

it('startup: creates files with mode 0600', async () => {
  await setUp(program)

  expect(modeOf('data')).toBe('700')
  const files = readdirSync(join(folder, 'data')).toSorted()
  expect(files).toEqual(['mjrwtf.db', 'mjrwtf.db-shm', 'mjrwtf.db-wal', 'secret-keys'])
  for (const file of files) expect([file, modeOf('data', file)]).toEqual([file, '600'])
})

it('listener: accepts connections to the loopback address only', async () => {
  expect((await program.send('/health')).status).toBe(200)
  // Every 127.x.y.z is this machine; the app listens on the first only.
  expect(await connects('127.0.0.2')).toBe(false)
  expect(await connects('127.0.0.1')).toBe(true)
})

it('loopback names: redirects to the configured host', async () => {
  const addresses = Object.values(networkInterfaces()).flat()
  const hasIpv6 = addresses.some((each) => each?.address === '::1')
  expect(await connects('::1')).toBe(hasIpv6)
  for (const host of hasIpv6 ? ['127.0.0.1', '[::1]'] : ['127.0.0.1']) {
    const url = `http://${host}:${program.port}/login?next=%2Fcreate`
    const answer = await fetch(url, { redirect: 'manual' })
    const base = `http://localhost:${program.port}`
    expect([answer.status, answer.headers.get('location')]).toEqual([
      307,
      `${base}/login?next=%2Fcreate`,
    ])
  }
})

it('optional features are off by default', async () => {
  expect((await program.send('/signup')).status).toBe(404)
  const bearer = await program.send('/api/urls', { headers: [['Authorization', 'Bearer ']] })
  expect(bearer.status).toBe(401)
})

it('log: contains security events without secrets', async () => {
  const ann = await signIn(program)
  const token = ann.sessionCookie()
  const [id = ''] = token.split('.')
  await ann.open('/dashboard')
  await program.send('/menu?password=in-a-query', {
    headers: [['Referer', 'https://a.example/?code=in-a-referrer']],
  })
  await ann.submit(
    '/login',
    { email: operator.email, password: 'not the password' },
    { on: '/login' },
  )

  const log = program.log()
  expect(log).toContain('"event":"session-created"')
  expect(log).toContain(id)
  for (const secret of [token, token.slice(id.length + 1), operator.email, 'not the password']) {
    expect(log).not.toContain(secret)
  }
  expect(log).not.toMatch(/in-a-query|in-a-referrer/)
})

function connects(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(program.port, host)
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
