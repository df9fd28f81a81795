import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { aFolder } from '../support/backup-content.ts'
import { readAllRows } from '../support/sample-rows.ts'
import { databases, openStorage } from '../support/storage.ts'
import { bearer, environmentFor, setUp, shorten, signIn } from './support/accounts.ts'
import { startLoad } from './support/load.ts'
import { type Environment, main, startProgram } from './support/program.ts'

/** Several programs start one after the other. In ms. */
const slow = 120_000

function mjrwtf(env: Environment, ...args: readonly string[]) {
  return promisify(execFile)(process.execPath, [main, ...args], { env })
}

/** The links of a backup and the clicks on them by three ways of counting, which one snapshot has in common. */
async function countsIn(location: Parameters<typeof readAllRows>[0]) {
  const rows = await readAllRows(location)
  const sum = (table: string, column: string) => {
    const lines = rows[table]
    if (!Array.isArray(lines)) throw new Error(`no table ${table}`)
    return lines.reduce((total, line) => total + Number(JSON.parse(String(line))[column]), 0)
  }
  return [sum('clicks', 'count'), sum('click_days', 'clicks'), sum('link_totals', 'clicks')]
}

describe.each(databases)('backups of the running program on %s', (kind) => {
  it(
    'are consistent while it writes, and restore an instance on a new machine',
    async () => {
      using folder = aFolder()
      await using storage = await openStorage(kind)
      // Encryption takes seconds, so only one of the two tests encrypts.
      const known: Environment =
        kind === 'sqlite' ? { BACKUP_PASSPHRASE: 'correct horse battery' } : {}
      const backups = join(folder.path, 'backups')
      const env = environmentFor(storage, {
        AUTH_TOKEN: bearer,
        BACKUP_DIR: backups,
        ...known,
      })
      const app = await startProgram({ env, cwd: folder.path })
      try {
        // The first scheduled backup, as there is none yet.
        await expect.poll(() => app.stdout(), { timeout: slow }).toContain('backup written')
        const oldBrowser = await setUp(app)
        const codes = await Promise.all([
          shorten(app, 'https://example.com/1'),
          shorten(app, 'https://example.com/2'),
        ])
        const load = startLoad(4, async (client) => {
          await app.send(`/${codes[client % 2]}`)
        })
        await expect
          .poll(() => storage.query('SELECT 1 FROM clicks LIMIT 1'), { timeout: slow })
          .toHaveLength(1)
        const { stdout } = await mjrwtf(env, 'backup', '--json')
        await load.end()
        const { file }: { readonly file: string } = JSON.parse(stdout)
        expect(readdirSync(backups)).toHaveLength(2)
        await expect(mjrwtf(env, 'restore', file, '--replace')).rejects.toMatchObject({
          code: 1,
          stderr: expect.stringMatching(
            /^A process uses the database .* Nothing was changed\..*\n$/,
          ),
        })
        expect((await oldBrowser.send('/dashboard')).status).toBe(200)
        expect((await app.stop()).code).toBe(0)

        // On a new machine, nothing but the passphrase is known.
        const settings = join(folder.path, 'new.env')
        await mjrwtf(known, 'backup', 'verify', file, '--settings', settings)
        const database = join(folder.path, 'new', 'mjrwtf.db')
        const newEnv: Record<string, string> = { ...known }
        for (const [name, value] of Object.entries(parseEnv(readFileSync(settings, 'utf8')))) {
          newEnv[name] = value ?? ''
        }
        Object.assign(newEnv, { DATABASE_URL: `sqlite:${database}`, BACKUP_DIR: '' })
        const restored = await mjrwtf(newEnv, 'restore', file)
        expect(restored.stdout).toContain('All users are signed out')
        const [clicks, ...others] = await countsIn({ kind: 'sqlite', file: database })
        expect(clicks).toBeGreaterThan(0)
        expect(others).toEqual([clicks, clicks])

        await using again = await startProgram({ env: newEnv, cwd: folder.path })
        expect((await again.send(`/${codes[0]}`)).location).toBe('https://example.com/1')
        const cookie = [...oldBrowser.cookies].map((pair) => pair.join('=')).join('; ')
        const page = await again.send('/dashboard', { headers: [['Cookie', cookie]] })
        expect(page.status).toBe(303)
        await signIn(again)
      } finally {
        await app[Symbol.asyncDispose]()
      }
    },
    10 * slow,
  )
})
