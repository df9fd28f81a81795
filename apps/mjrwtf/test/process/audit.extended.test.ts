import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { databases, openStorage } from '../support/storage.ts'
import { environmentFor, setUp, signIn } from './support/accounts.ts'
import { type Environment, main, startProgram } from './support/program.ts'

function audit(env: Environment, ...args: readonly string[]) {
  return promisify(execFile)(process.execPath, [main, 'audit', ...args], { env })
}

function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'mjrwtf-audit-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

describe.each(databases)('mjrwtf audit on %s', (kind) => {
  it('verifies and exports while the server runs, and names a row changed by direct SQL', async () => {
    await using storage = await openStorage(kind)
    using folder = aFolder()
    const env = environmentFor(storage)
    await using app = await startProgram({ env })
    await setUp(app)
    await signIn(app)
    await expect
      .poll(() => storage.query('SELECT id FROM security_events'), { timeout: 30_000 })
      .not.toEqual([])
    expect((await audit(env, 'verify')).stdout).toContain('The security log is intact.')
    await app.stop()

    const log = join(folder.path, 'mjrwtf.log')
    writeFileSync(log, app.stdout())
    const compared = await audit(env, 'verify', '--log', log)
    expect(compared.stdout).toMatch(/Compared with [1-9]\d* heads of the process log\./)

    const file = join(folder.path, 'log.jsonl')
    await audit(env, 'export', '--output', file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await audit({}, 'verify', '--file', file)).stdout).toContain('is intact')
    await expect(audit(env, 'export', '--output', file)).rejects.toMatchObject({ code: 2 })

    const [row] = await storage.query('SELECT id FROM security_events WHERE chain_position = 1')
    const id = row !== undefined && 'id' in row ? String(row.id) : ''
    await storage.query(
      kind === 'sqlite'
        ? 'DROP TRIGGER security_events_not_updated'
        : 'ALTER TABLE security_events DISABLE TRIGGER USER',
    )
    await storage.query(`UPDATE security_events SET ip_address = '192.0.2.99' WHERE id = '${id}'`)
    await expect(audit(env, 'verify')).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`Position 1 (event ${id})`),
      stderr: expect.stringContaining('does not match its hash chain: 1 problem'),
    })
  }, 120_000)
})

it('mjrwtf audit export: leaves no file that is incomplete', async () => {
  using folder = aFolder()
  const env = { DATABASE_URL: `sqlite:${join(folder.path, 'missing.db')}` }
  await expect(
    audit(env, 'export', '--output', join(folder.path, 'log.jsonl')),
  ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('There is no database file') })
  expect(readdirSync(folder.path)).toEqual([])
})
