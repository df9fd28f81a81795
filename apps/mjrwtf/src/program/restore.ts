import { systemClock } from 'coatcheck'
import { BackupError } from '../adapters/backup/backup-error.ts'
import {
  addBackupRows,
  type BackupFileContent,
  type BackupFileOptions,
  verifyBackupFile,
} from '../adapters/backup/backup-file.ts'
import type { RowCounts } from '../adapters/backup/copy-rows.ts'
import { replaceDatabase } from '../adapters/backup/replace-database.ts'
import { writeSecretKeys } from '../adapters/backup/secret-keys-file.ts'
import { tablesOfAccess } from '../adapters/backup/table-rules.ts'
import type { RestoreOptions, RestoreReport } from '../adapters/cli/cli-context.ts'
import { secretKeysFile } from '../adapters/crypto/secret-keys.ts'
import type { Config } from '../config/config.ts'

/** Replaces the database by a backup. Everything is verified before anything is changed. */
export async function restore(config: Config, options: RestoreOptions): Promise<RestoreReport> {
  const file: BackupFileOptions = { file: options.file, passphrase: config.backup.passphrase }
  const content = await verifyBackupFile(file)
  requireSecrets(config, content)
  const now = new Date(systemClock.now())
  let keptKeysFile: string | null = null
  let rows: RowCounts = {}
  const { header } = content
  const replaced = await replaceDatabase(config.migration.database, {
    description: header,
    mayReplace: options.replace,
    now,
    load: async (sink) => {
      const isIncluded = (table: string) => options.keepSessions || !tablesOfAccess.has(table)
      rows = await addBackupRows(file, header, { sink, isIncluded })
    },
    onReady: () => {
      keptKeysFile = restoreKeys(config, content, now)
    },
  })
  return {
    createdAt: header.created_at,
    rows,
    sessionsRestored: options.keepSessions,
    keptFile: replaced.keptFile,
    keptKeysFile,
    replacedCharacters: replaced.replacedCharacters,
    undone: replaced.undone,
  }
}

/** Without the keys, authenticator apps do not work; without the peppers, no password does. */
function requireSecrets(config: Config, { secretKeys, settings }: BackupFileContent): void {
  requireAll('SECRET_KEYS', secretKeys, config.secretKeys)
  const peppers = (settings.PASSWORD_PEPPERS ?? '').split(',').map((pepper) => pepper.trim())
  const needed = peppers.filter((pepper) => pepper !== '')
  requireAll('PASSWORD_PEPPERS', needed, config.passwordPeppers)
}

function requireAll(
  variable: string,
  needed: readonly string[],
  configured: readonly string[] | null,
): void {
  if (configured === null || needed.every((each) => configured.includes(each))) return
  throw new BackupError(
    `${variable} of this environment lacks values of the backup. Nothing was changed. Write them to a file with "mjrwtf backup verify FILE --settings OUT", and add them after your own.`,
  )
}

function restoreKeys(
  { secretKeys, database }: Config,
  content: BackupFileContent,
  now: Date,
): string | null {
  if (secretKeys !== null || database.kind !== 'sqlite') return null
  if (content.secretKeys.length === 0) return null
  const file = secretKeysFile(database.file)
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return writeSecretKeys(file, content.secretKeys, `${file}.before-restore-${stamp}`)
}
