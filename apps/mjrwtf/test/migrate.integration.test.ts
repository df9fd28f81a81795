import { describe, expect, it } from 'vitest'
import { runCli } from '../src/adapters/cli/run-cli.ts'
import { openSchema } from '../src/adapters/persistence/open-persistence.ts'
import { createCliContext } from '../src/program/cli.ts'
import { databaseKinds, openNewPersistence, type TestPersistence } from './persistence.ts'

const secretKeys = 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx'
const newest = openSchema({ kind: 'sqlite', file: 'none.db' }).newest.app

/** Runs `mjrwtf migrate` on the database. */
async function migrate({ location }: TestPersistence, ...args: readonly string[]) {
  const output = { stdout: '', stderr: '' }
  const url = location.kind === 'sqlite' ? `sqlite:${location.file}` : location.url
  const context = createCliContext({ DATABASE_URL: url, SECRET_KEYS: secretKeys })
  const exitCode = await runCli(['migrate', ...args], {
    ...context,
    writeOutput: (text) => {
      output.stdout += text
    },
    writeError: (text) => {
      output.stderr += text
    },
  })
  return { ...output, exitCode }
}

describe.each(databaseKinds)('mjrwtf migrate on %s', (kind) => {
  it('status shows the version and the steps to come, as text and as JSON', async () => {
    await using opened = await openNewPersistence(kind)
    expect(await migrate(opened, 'status')).toEqual({
      stdout: `Up to date: schema version ${newest} of ${newest}.\n`,
      stderr: '',
      exitCode: 0,
    })
    await migrate(opened, 'down', '--to', '18', '--yes')
    const { stdout } = await migrate(opened, '--json', 'status')
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'outdated',
      version: 18,
      newest_version: newest,
      sessions_version: kind === 'sqlite' ? 5 : 7,
      pending: expect.arrayContaining([
        expect.objectContaining({ tables: 'app', version: 19 }),
        expect.objectContaining({ tables: 'sessions', name: 'grants', deletes: null }),
      ]),
    })
  })

  it('down deletes only with --yes, and says what before', async () => {
    await using opened = await openNewPersistence(kind)
    const refused = await migrate(opened, 'down', '--to', '19')
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(refused.stderr).toMatch(/^This deletes .*which accounts are suspended.* with --yes\.\n$/)
    const dry = await migrate(opened, 'down', '--to', '19', '--dry-run')
    expect(dry.stdout).toMatch(/^Nothing was changed\. Steps:\n/)
    expect((await migrate(opened, 'status')).stdout).toContain('Up to date')

    const done = await migrate(opened, 'down', '--to', '19', '--yes')
    expect(done).toMatchObject({ exitCode: 0, stderr: '' })
    expect(done.stdout).toMatch(/\nDone: schema version 19\.\n$/)
    expect((await migrate(opened, 'down', '--to', '19', '--yes')).stdout).toBe(
      'Nothing to do: schema version 19.\n',
    )
  })

  it('up goes to the newest version, with --dry-run nowhere', async () => {
    await using opened = await openNewPersistence(kind)
    await migrate(opened, 'down', '--to', '0', '--yes')
    const dry = await migrate(opened, 'up', '--dry-run')
    expect(dry.stdout).toContain('  up   app 1: users, links and clicks\n')
    expect((await migrate(opened, 'status')).stdout).toMatch(/^Empty: .*mjrwtf migrate up/s)

    const done = await migrate(opened, 'up')
    expect(done.stdout).toMatch(new RegExp(`\\nDone: schema version ${newest}\\.\\n$`))
    expect((await migrate(opened, 'up')).stdout).toBe(`Nothing to do: schema version ${newest}.\n`)
  })

  it('leaves a database of a newer program alone', async () => {
    await using opened = await openNewPersistence(kind)
    await opened.rows(`INSERT INTO app_migrations (version, name) VALUES (99, 'later')`)
    const { stdout } = await migrate(opened, 'status')
    expect(stdout).toMatch(/^Newer than this program: schema version 99/)
    for (const args of [['up'], ['down', '--to', '1', '--yes']]) {
      const { exitCode, stderr } = await migrate(opened, ...args)
      expect(exitCode).toBe(1)
      expect(stderr).toMatch(/^The database is at version 99, .* Start the newer program.*\n$/)
    }
  })
})

it('migrate names an invalid version or direction in one line', async () => {
  await using opened = await openNewPersistence('sqlite')
  const errors = [['up', '--to', '1'], ['up', '--to', 'x'], ['down', '--to', '999'], ['down']]
  for (const args of errors) {
    const { exitCode, stderr } = await migrate(opened, ...args)
    expect([args, exitCode > 0, stderr.split('\n').length]).toEqual([args, true, 2])
  }
})
