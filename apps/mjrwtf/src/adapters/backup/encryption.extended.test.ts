import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { aBackup, aFolder, backupSecrets, manyRows } from '../../../test/support/backup-content.ts'
import { verifyBackupFile, writeBackupFile } from './backup-file.ts'

const passphrase = 'correct horse battery'

it('encrypts a backup for a passphrase, and rejects another one and any change', async () => {
  using folder = aFolder()
  const file = join(folder.path, 'one.tar.gz.age')
  expect(await writeBackupFile(aBackup(manyRows(50_000)), { file, passphrase })).toMatchObject({
    rows: { short_codes: 50_000 },
  })
  const bytes = readFileSync(file)
  expect(bytes.toString('latin1', 0, 22)).toBe('age-encryption.org/v1\n')
  expect(bytes.includes('new-key')).toBe(false)
  expect(await verifyBackupFile({ file, passphrase })).toMatchObject(backupSecrets)
  await expect(verifyBackupFile({ file, passphrase: 'another one' })).rejects.toThrow(
    /cannot be decrypted .* Check BACKUP_PASSPHRASE/,
  )
  await expect(verifyBackupFile({ file, passphrase: null })).rejects.toThrow(
    /is encrypted. Set BACKUP_PASSPHRASE/,
  )
  for (const at of [0, 60, 300, bytes.length - 1]) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    for (const damaged of [changed, bytes.subarray(0, at)]) {
      writeFileSync(join(folder.path, 'damaged'), damaged)
      const verification = verifyBackupFile({ file: join(folder.path, 'damaged'), passphrase })
      await expect(verification, `${at} of ${bytes.length}`).rejects.toMatchObject({
        name: 'BackupError',
      })
    }
  }
})
