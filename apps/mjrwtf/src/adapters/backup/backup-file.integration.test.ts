import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aBackup, aFolder, backupSecrets, manyRows } from '../../../test/support/backup-content.ts'
import { withSource } from '../../../test/support/sample-rows.ts'
import { verifyBackupFile, writeBackupFile } from './backup-file.ts'
import type { RowSource } from './row-source.ts'
import { addSecretKeys } from './secret-keys-file.ts'

it.each(databaseKinds)(
  'writes rows, keys and settings of %s to a file for its owner',
  async (kind) => {
    using folder = aFolder()
    await using opened = await openTestPersistence(kind)
    const file = join(folder.path, 'one.tar.gz')
    await withSource(opened.location, (source) =>
      writeBackupFile(aBackup(source), { file, passphrase: null }),
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await verifyBackupFile({ file, passphrase: null })).toMatchObject({
      ...backupSecrets,
      header: { database: kind, created_at: '2031-02-03T04:05:06.000Z' },
    })
    expect(readdirSync(folder.path)).toEqual(['one.tar.gz'])
    // Other programs open it.
    const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n')
    expect(names).toEqual(expect.arrayContaining(['backup.json', 'secret-keys', 'manifest.json']))
  },
)

it('rejects a backup wherever it was changed or cut off', async () => {
  using folder = aFolder()
  const file = join(folder.path, 'one')
  await writeBackupFile(aBackup(manyRows(20_000)), { file, passphrase: null })
  const bytes = readFileSync(file)
  const damagedFile = join(folder.path, 'damaged')
  // After the header of gzip, some of which means nothing.
  for (let at = 10; at < bytes.length; at += Math.ceil(bytes.length / 16)) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 0x40
    for (const damaged of [changed, bytes.subarray(0, at)]) {
      writeFileSync(damagedFile, damaged)
      const verification = verifyBackupFile({ file: damagedFile, passphrase: null })
      await expect(verification, `${at} of ${bytes.length}`).rejects.toMatchObject({
        name: 'BackupError',
      })
    }
  }
})

it('leaves no file if the database fails while it is read', async () => {
  using folder = aFolder()
  const source = manyRows(5_000)
  const failing: RowSource = {
    ...source,
    async *rows(table) {
      yield* source.rows(table)
      throw new Error('connection lost')
    },
  }
  const file = join(folder.path, 'one.tar.gz')
  const writing = writeBackupFile(aBackup(failing), { file, passphrase: null })
  await expect(writing).rejects.toThrow('connection lost')
  expect(readdirSync(folder.path)).toEqual([])
})

it('replaces no existing file by a backup', async () => {
  using folder = aFolder()
  const file = join(folder.path, 'one.tar.gz')
  writeFileSync(file, 'mine')
  const writing = writeBackupFile(aBackup(manyRows(1_000)), { file, passphrase: null })
  await expect(writing).rejects.toThrow(/exists/)
  expect(readFileSync(file, 'utf8')).toBe('mine')
})

it('reports the error of the file system, and ends the reading of the database', async () => {
  using folder = aFolder()
  let isReading = false
  const source = manyRows(50_000)
  const observed: RowSource = {
    ...source,
    async *rows(table) {
      isReading = true
      try {
        yield* source.rows(table)
      } finally {
        isReading = false
      }
    },
  }
  const file = join(folder.path, 'missing', 'one.tar.gz')
  const writing = writeBackupFile(aBackup(observed), { file, passphrase: null })
  await expect(writing).rejects.toMatchObject({ code: 'ENOENT' })
  expect(isReading).toBe(false)
})

it('writes one of two backups that get the same name at once', async () => {
  using folder = aFolder()
  const file = join(folder.path, 'one.tar.gz')
  const write = () => writeBackupFile(aBackup(manyRows(20_000)), { file, passphrase: null })
  const outcomes = await Promise.allSettled([write(), write()])
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(readdirSync(folder.path)).toEqual(['one.tar.gz'])
  expect(await verifyBackupFile({ file, passphrase: null })).toMatchObject(backupSecrets)
})

it('rejects an archive with unknown entries, or with a variable whose name a shell runs', async () => {
  using folder = aFolder()
  const [table] = manyRows(1_000).description.tables
  if (table === undefined) throw new Error('no table')
  const source = manyRows(1_000)
  const withRows = {
    ...source,
    description: { ...source.description, tables: [{ ...table, name: '../users' }] },
  }
  const hostile = {
    'the name of a table': aBackup(withRows),
    'the name of a variable': { ...aBackup(manyRows(1_000)), settings: { '$(id)': 'x' } },
  }
  for (const [label, content] of Object.entries(hostile)) {
    const file = join(folder.path, label)
    const writing = writeBackupFile(content, { file, passphrase: null })
    await expect(writing, label).rejects.toMatchObject({ name: 'BackupError' })
  }
})

it('keeps old keys usable until the database is replaced', () => {
  using folder = aFolder()
  const file = join(folder.path, 'secret-keys')
  writeFileSync(file, 'old\n', { mode: 0o600 })
  expect(addSecretKeys(file, ['new'], `${file}.kept`)).toBe(`${file}.kept`)
  expect(readFileSync(file, 'utf8')).toBe('new\nold\n')
  expect(readFileSync(`${file}.kept`, 'utf8')).toBe('old\n')
  expect([file, `${file}.kept`].map((each) => statSync(each).mode & 0o777)).toEqual([0o600, 0o600])
})
