import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { openSchema } from '../src/adapters/persistence/open-persistence.ts'
import { backup } from '../src/program/backup.ts'
import { move } from '../src/program/move.ts'
import { restore } from '../src/program/restore.ts'
import { verifyBackup } from '../src/program/verify-backup.ts'
import { aFolder } from './support/backup-content.ts'
import { describeBackups } from './support/backup-suite.ts'
import { readAllRows } from './support/sample-rows.ts'
import { configFor, openSample, openUnused, runSql, sampleKey } from './support/unused-database.ts'

const settings = { BASE_URL: 'https://mjr.example', MAIL_FROM: "O'Hara <a@mjr.example>" }
const everything = { replace: false, keepSessions: true }

// PostgreSQL: in backups.extended.test.ts, because a database is created for each test.
describeBackups('sqlite')

it('restores the file with the keys of an instance on SQLite, and keeps other keys', async () => {
  using folder = aFolder()
  await using source = await openSample('sqlite')
  await using target = await openUnused('sqlite')
  if (source.location.kind !== 'sqlite' || target.location.kind !== 'sqlite')
    throw new Error('expected SQLite')
  const file = join(folder.path, 'backup.tar.gz')
  const keysBeside = (database: string) => join(dirname(database), 'secret-keys')
  writeFileSync(keysBeside(source.location.file), `${sampleKey}\n`)
  writeFileSync(keysBeside(target.location.file), 'other-key-other-key-other-key-other-key')
  await backup({ config: configFor(source.location, {}), settings, output: file })

  const report = await restore(configFor(target.location, {}), { file, ...everything })
  const keysFile = keysBeside(target.location.file)
  expect(readFileSync(keysFile, 'utf8')).toBe(`${sampleKey}\n`)
  expect(statSync(keysFile).mode & 0o777).toBe(0o600)
  expect(statSync(target.location.file).mode & 0o777).toBe(0o600)
  expect(readFileSync(report.keptKeysFile ?? '', 'utf8')).toContain('other-key')
})

it('keeps the database as it was if the backup ends in the middle', async () => {
  using folder = aFolder()
  await using source = await openSample('sqlite')
  const config = configFor(source.location)
  const file = join(folder.path, 'backup.tar.gz')
  await backup({ config, settings, output: file })
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.subarray(0, bytes.length - 100))
  const rows = await readAllRows(source.location)
  await expect(restore(config, { file, ...everything, replace: true })).rejects.toMatchObject({
    name: 'BackupError',
  })
  expect(await readAllRows(source.location)).toEqual(rows)
})

it('writes the variables of a backup to a file for a shell', async () => {
  using folder = aFolder()
  await using source = await openSample('sqlite')
  const config = configFor(source.location)
  const file = join(folder.path, 'backup.tar.gz')
  const forged = { ...settings, LD_PRELOAD: '/tmp/forged.so' }
  await backup({ config, settings: forged, output: file })
  const settingsFile = join(folder.path, 'mjrwtf.env')
  const report = await verifyBackup(config, { file, settings: settingsFile })
  expect(report).toMatchObject({ database: 'sqlite', variables: ['BASE_URL', 'MAIL_FROM'] })
  expect(statSync(settingsFile).mode & 0o777).toBe(0o600)
  const lines = readFileSync(settingsFile, 'utf8').split('\n')
  expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
    'BASE_URL=https://mjr.example',
    `MAIL_FROM='O'\\''Hara <a@mjr.example>'`,
    `SECRET_KEYS=${sampleKey}`,
    '',
  ])
})

it('keeps the newest backups of BACKUP_DIR, and deletes nothing else', async () => {
  using folder = aFolder()
  await using source = await openSample('sqlite')
  const backups = join(folder.path, 'backups')
  const config = configFor(source.location, {
    SECRET_KEYS: sampleKey,
    BACKUP_DIR: backups,
    BACKUP_KEEP: '2',
  })
  const first = await backup({ config, settings, output: null })
  expect(dirname(first.file)).toBe(backups)
  const others = ['mjrwtf-20200101T000000Z.tar.gz.txt', 'notes', 'mjrwtf-2020.tar.gz']
  const older = ['mjrwtf-20200101T000000Z.tar.gz', 'mjrwtf-20200102T000000Z.tar.gz.age']
  for (const name of [...others, ...older]) writeFileSync(join(backups, name), '')
  // Written while the clock was wrong: they must not be why the next backup is deleted at once.
  const future = ['mjrwtf-29990101T000000Z.tar.gz', 'mjrwtf-29990102T000000Z.tar.gz']
  for (const name of future) writeFileSync(join(backups, name), '')
  // A second backup of the same second would have the name of the first.
  renameSync(first.file, join(backups, 'mjrwtf-20190101T000000Z.tar.gz'))
  const second = await backup({ config, settings, output: null })
  const [oldest, newer] = older
  expect(second.deleted.toSorted()).toEqual(['mjrwtf-20190101T000000Z.tar.gz', oldest])
  expect(readdirSync(backups).toSorted()).toEqual(
    [...others, ...future, newer, basename(second.file)].toSorted(),
  )
})

it('moves a null character to PostgreSQL as U+FFFD, and says how many', async () => {
  await using source = await openSample('sqlite')
  await using target = await openUnused('postgres')
  await runSql(source.location, `UPDATE drafts SET fields = 'a' || char(0) || '\\u0000' || char(0)`)
  const report = await move(configFor(source.location), target.location)
  expect(report.replacedCharacters).toBe(2)
  const rows = await readAllRows(target.location)
  expect(JSON.stringify(rows.drafts)).toContain('a\ufffd\\\\\\\\u0000\ufffd')
})

it('restores a backup of an older schema, and refuses one of a newer', async () => {
  using folder = aFolder()
  await using source = await openUnused('sqlite')
  await using target = await openUnused('sqlite')
  const config = configFor(source.location)
  const schema = openSchema(source.location)
  await schema.migrate(20, { onWaiting: () => {} })
  const user = `'ann', 'ann@example.com', 'ann@example.com', '', 1, 0`
  await runSql(
    source.location,
    `INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator) VALUES (${user})`,
  )
  const older = join(folder.path, 'older.tar.gz')
  await backup({ config, settings, output: older })
  expect((await verifyBackup(config, { file: older, settings: null })).schema).toBe(20)
  await restore(configFor(target.location), { file: older, ...everything })
  await schema.migrate(schema.newest.app, { onWaiting: () => {} })
  expect(await readAllRows(target.location)).toEqual(await readAllRows(source.location))

  await runSql(source.location, `INSERT INTO app_migrations VALUES (9999, 'of a newer program')`)
  const newer = join(folder.path, 'newer.tar.gz')
  await backup({ config, settings, output: newer })
  const before = await readAllRows(target.location)
  const restoring = restore(configFor(target.location), {
    file: newer,
    ...everything,
    replace: true,
  })
  await expect(restoring).rejects.toThrow(/schema version 9999.*Nothing was changed/)
  expect(await readAllRows(target.location)).toEqual(before)
})
