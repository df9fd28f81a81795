import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOldService, type OldService } from '../support/old-service.ts'
import { databases, openStorage, type Storage } from '../support/storage.ts'
import { environmentFor } from './support/accounts.ts'
import { main } from './support/program.ts'

let folder: string
let old: OldService

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  old = createOldService(folder)
})

afterEach(() => {
  old.close()
  rmSync(folder, { recursive: true })
})

function importLinks(storage: Storage, ...args: readonly string[]) {
  const env = environmentFor(storage, { BASE_URL: 'https://mjr.test' })
  return promisify(execFile)(process.execPath, [main, 'link', 'import-old', ...args], { env })
}

async function addOperator(storage: Storage): Promise<void> {
  const one = storage.kind === 'sqlite' ? '1' : 'to_timestamp(1)'
  await storage.query(`INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator)
    VALUES ('ann', 'ann@users.test', 'ann@users.test', 'hash', ${one}, 1)`)
}

describe.each(databases)('importing old links by command on %s', (kind) => {
  it('imports links and clicks while the old service runs, and names what it skips', async () => {
    await using storage = await openStorage(kind)
    await addOperator(storage)
    const clicks = ['2025-11-25 10:00:00', '2025-11-25 11:30:00.5+02:00', 'not a time']
    old.addLink({ shortCode: 'menu', url: 'https://dest.test/menu', clicks })
    old.addLink({ shortCode: 'login', url: 'https://dest.test/reserved' })
    old.addLink({ shortCode: 'loop', url: 'https://mjr.test/menu' })
    old.addLink({ shortCode: 'age', url: 'https://dest.test/', createdAt: 'yesterday' })
    old.addLink({ shortCode: '\u001b[31m', url: 'https://dest.test/' })

    const { stdout, stderr } = await importLinks(storage, old.file)
    expect(stderr).toBe('')
    expect(stdout.split('\n')).toEqual([
      'Links: 1. Clicks: 3. They belong to ann@users.test.',
      'Not imported: 4.',
      '  login: The code is a path of this app.',
      "  loop: The destination cannot be one of this site's own short links.",
      '  age: Its creation time cannot be read.',
      '  \\u001b[31m: The code has an invalid format.',
      '',
    ])
    const seconds = kind === 'sqlite' ? 'created_at / 1000' : 'extract(epoch from created_at)'
    expect(
      await storage.query(`SELECT short_code, destination, owner_id,
        CAST(click_count AS integer) AS clicks, CAST(floor(${seconds}) AS integer) AS created
        FROM links`),
    ).toEqual([
      {
        short_code: 'menu',
        destination: 'https://dest.test/menu',
        owner_id: 'ann',
        clicks: 3,
        created: Date.UTC(2025, 10, 24, 19, 32, 7) / 1000,
      },
    ])
    expect(
      await storage.query('SELECT DISTINCT referrer_host, country, agent FROM clicks'),
    ).toEqual([{ referrer_host: 'news.test', country: 'DE', agent: 'Firefox' }])
  })

  it('adds only what is new when it is repeated, and keeps what was changed since', async () => {
    await using storage = await openStorage(kind)
    await addOperator(storage)
    const menu = old.addLink({
      shortCode: 'menu',
      url: 'https://dest.test/',
      clicks: ['2025-12-01'],
    })
    old.addLink({
      shortCode: 'deleted',
      url: 'https://dest.test/',
      clicks: ['2025-12-01 08:00:00'],
    })
    await importLinks(storage, old.file)
    await storage.query(
      "UPDATE links SET destination = 'https://new.test/' WHERE short_code = 'menu'",
    )
    await storage.query("UPDATE links SET removed_at = created_at WHERE short_code = 'deleted'")
    old.addClicks(menu, ['2025-12-02 08:00:00'])

    const { stdout } = await importLinks(storage, old.file)
    expect(stdout).toBe(
      'Links: 1. Clicks: 2. They belong to ann@users.test.\nNot imported: 1.\n  deleted: The code is in use, or was used before.\n',
    )
    const [link] = await storage.query(
      "SELECT destination, CAST(click_count AS integer) AS clicks FROM links WHERE short_code = 'menu'",
    )
    expect(link).toEqual({ destination: 'https://new.test/', clicks: 2 })
    expect(await storage.query('SELECT id FROM clicks')).toHaveLength(3)
  })

  it('imports nothing before the first account exists', async () => {
    await using storage = await openStorage(kind)
    old.addLink({ shortCode: 'menu', url: 'https://dest.test/' })
    await expect(importLinks(storage, old.file)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^There is no account.* after you have created the first account\.\n$/,
      ),
    })
    expect(await storage.query('SELECT id FROM links')).toEqual([])
  })
})

it.each([
  ['a missing file', (path: string) => path, /cannot be opened/],
  [
    'another kind of file',
    (path: string) => {
      writeFileSync(path, 'not a database '.repeat(100))
      return path
    },
    /is not a database of the old service/,
  ],
])('fails with one line for %s', async (_label, prepare, message) => {
  await using storage = await openStorage('sqlite')
  await addOperator(storage)
  const file = prepare(join(folder, 'other.db'))
  await expect(importLinks(storage, file)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(message),
  })
})
