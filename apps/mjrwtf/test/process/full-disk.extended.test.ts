import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { administer } from '../../../../tools/testing/test-database.ts'
import { openStorage, type Storage } from '../support/storage.ts'
import {
  bearer,
  environmentFor,
  postLink,
  sameBrowserAt,
  sessionStatus,
  setUp,
  shorten,
} from './support/accounts.ts'
import { main, type Program, startProgram } from './support/program.ts'

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
    const lines = program.log().split('\n')
    expect(lines.filter((line) => line.includes('can only be read'))).toHaveLength(1)

    freeDisk(program)
    await expect.poll(() => storage.query(clicksOf), { timeout: 30_000 }).toEqual([{ clicks: 20 }])
    expect((await postLink(program, 'https://other.test/')).status).toBe(201)
    await expect.poll(program.log, { timeout: 30_000 }).toContain('can be written again')
    expect((await ann.open('/dashboard')).body).not.toContain('Changes cannot be saved')
  })

  it('prevents a start, and says what to do', async () => {
    await using storage = await openStorage('sqlite')
    const command = ['--fsize=0:unlimited', process.execPath, main, 'serve']
    const env = environmentFor(storage)
    await expect(promisify(execFile)('prlimit', command, { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no space to open the database file .*Free space/),
    })
  })
})

/** Every new connection is read-only until disposal, as that to a replica is. */
async function makeReadOnly({ url }: Storage): Promise<AsyncDisposable> {
  const name = new URL(url).pathname.slice(1)
  const alter = (change: string) =>
    administer(inject('postgresUrl'), async (client) => {
      await client.query(`ALTER DATABASE "${name}" ${change}`)
    })
  await alter('SET default_transaction_read_only = on')
  return {
    async [Symbol.asyncDispose]() {
      await alter('RESET default_transaction_read_only')
      await administer(inject('postgresUrl'), (client) =>
        client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          name,
        ]),
      )
    },
  }
}

describe('a PostgreSQL server that can only be read', () => {
  it('serves redirects and pages to a program that starts meanwhile', async () => {
    await using storage = await openStorage('postgres')
    const env = environmentFor(storage, { AUTH_TOKEN: bearer })
    await using first = await startProgram({ env })
    const ann = await setUp(first)
    const code = await shorten(first, 'https://dest.test/')
    await using _readOnly = await makeReadOnly(storage)
    await using second = await startProgram({ env })
    expect((await second.send(`/${code}`)).status).toBe(302)
    expect((await second.send('/ready')).status).toBe(200)
    expect(await sessionStatus(sameBrowserAt(second, ann))).toBe(200)
    expect((await postLink(second, 'https://other.test/')).status).toBe(503)
  })

  it('ends a start that cannot save the first set-up link, so that it is repeated', async () => {
    await using storage = await openStorage('postgres')
    const env = environmentFor(storage)
    await promisify(execFile)(process.execPath, [main, 'migrate', 'up'], { env })
    await using _readOnly = await makeReadOnly(storage)
    await expect(
      promisify(execFile)(process.execPath, [main, 'serve'], { env }),
    ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('can only be read') })
  })
})
