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
import { addSecretKeys, writeSecretKeys } from '../adapters/backup/secret-keys-file.ts'
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
  const keys = restoreKeys(config, content, now)
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
      keptKeysFile = keys.prepare()
    },
  })
  keys.finish()
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

interface KeysRestore {
  /** Adds the keys, so that the old database works as well as the new one. Returns where the old keys are kept. */
  prepare(): string | null
  /** Removes keys that the new database does not need. */
  finish(): void
}

function restoreKeys(
  { secretKeys, database }: Config,
  content: BackupFileContent,
  now: Date,
): KeysRestore {
  const keys = content.secretKeys
  if (secretKeys !== null || database.kind !== 'sqlite' || keys.length === 0) {
    return { prepare: () => null, finish: () => {} }
  }
  const file = secretKeysFile(database.file)
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return {
    prepare: () => addSecretKeys(file, keys, `${file}.before-restore-${stamp}`),
    finish: () => writeSecretKeys(file, keys),
  }
}
