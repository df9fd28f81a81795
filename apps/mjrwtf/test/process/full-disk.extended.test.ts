import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { openStorage } from '../support/storage.ts'
import {
  bearer,
  environmentFor,
  postLink,
  sessionStatus,
  setUp,
  shorten,
} from './support/accounts.ts'
import { type Program, startProgram } from './support/program.ts'

/** A limit that the system sets a running process, with the effect of a full disk: no file can be written. */
function fillDisk({ pid }: Program): void {
  execFileSync('prlimit', ['--pid', String(pid), '--fsize=0:unlimited'])
}

function freeDisk({ pid }: Program): void {
  execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited'])
}

const clicksOf = 'SELECT click_count AS clicks FROM links'

describe.skipIf(process.platform !== 'linux')('a SQLite file on a full disk', () => {
  it('serves redirects and pages, refuses changes, and recovers without losing a click', async () => {
    await using storage = await openStorage('sqlite')
    const env = environmentFor(storage, { AUTH_TOKEN: bearer })
    await using program = await startProgram({ env })
    const ann = await setUp(program)
    const code = await shorten(program, 'https://dest.test/')
    await ann.open('/dashboard')
    await expect.poll(() => storage.query(clicksOf)).toEqual([{ clicks: 0 }])

    fillDisk(program)
    for (let click = 0; click < 20; click += 1) {
      expect((await program.send(`/${code}`)).status).toBe(302)
    }
    const refused = await postLink(program, 'https://other.test/')
    expect([refused.status, refused.json()]).toMatchObject([503, { error: { code: 'read_only' } }])
    expect(await sessionStatus(ann)).toBe(200)
    expect((await ann.open('/dashboard')).body).toContain('Changes cannot be saved at the moment')
    expect((await program.send('/ready')).status).toBe(200)
    expect(await storage.query(clicksOf)).toEqual([{ clicks: 0 }])
    const lines = program
      .log()
      .split('\n')
      .filter((line) => line.includes('can only be read'))
    expect(lines).toHaveLength(1)

    freeDisk(program)
    await expect.poll(() => storage.query(clicksOf), { timeout: 30_000 }).toEqual([{ clicks: 20 }])
    expect((await postLink(program, 'https://other.test/')).status).toBe(201)
    await expect.poll(program.log, { timeout: 30_000 }).toContain('can be written again')
    expect((await ann.open('/dashboard')).body).not.toContain('Changes cannot be saved')
  })
})
