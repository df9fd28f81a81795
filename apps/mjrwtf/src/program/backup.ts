import { join } from 'node:path'
import { systemClock } from 'coatcheck'
import { BackupError } from '../adapters/backup/backup-error.ts'
import { writeBackupFile } from '../adapters/backup/backup-file.ts'
import {
  backupName,
  deleteOldBackups,
  deleteOldPartials,
  listBackups,
} from '../adapters/backup/backup-folder.ts'
import { withRowSource } from '../adapters/backup/open-source.ts'
import { readSecretKeys } from '../adapters/backup/secret-keys-file.ts'
import type { BackupReport } from '../adapters/cli/cli-context.ts'
import { secretKeysFile } from '../adapters/crypto/secret-keys.ts'
import type { Config } from '../config/config.ts'

export interface BackupInput {
  readonly config: Config
  /** The variables that are set, by name. */
  readonly settings: Readonly<Record<string, string>>
  /** `null`: a new name in BACKUP_DIR, or in the working directory. */
  readonly output: string | null
}

/** Writes a backup, verifies it, and deletes old ones if it is in BACKUP_DIR. The server may be running. */
export async function backup({ config, settings, output }: BackupInput): Promise<BackupReport> {
  const { folder, keep, passphrase } = config.backup
  const createdAt = new Date(systemClock.now())
  const file = output ?? join(folder ?? '.', backupName(createdAt, passphrase !== null))
  const isScheduledFolder = output === null && folder !== null
  const { bytes, rows } = await explainFileErrors(file, () => {
    if (isScheduledFolder) prepareFolder(folder, createdAt)
    return withRowSource(config.database, (source) =>
      writeBackupFile(
        { source, createdAt, secretKeys: secretKeysOf(config), settings },
        { file, passphrase },
      ),
    )
  })
  return {
    file,
    bytes,
    rows,
    isEncrypted: passphrase !== null,
    deleted: isScheduledFolder ? deleteOldBackups(folder, { keep, now: createdAt.getTime() }) : [],
  }
}

function prepareFolder(folder: string, now: Date): void {
  listBackups(folder)
  deleteOldPartials(folder, now.getTime())
}

/** Never creates the file: it belongs to the server. */
function secretKeysOf({ secretKeys, database }: Config): readonly string[] {
  if (secretKeys !== null) return secretKeys
  return database.kind === 'sqlite' ? readSecretKeys(secretKeysFile(database.file)) : []
}

async function explainFileErrors<Result>(
  file: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!/^E[A-Z]+$/.test(code)) throw error
    throw new BackupError(
      `Cannot write the backup ${file} (${code}). There is no new backup; older ones are unchanged.`,
      { cause: error },
    )
  }
}
