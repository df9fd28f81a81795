import { writeFileSync } from 'node:fs'
import { BackupError } from '../adapters/backup/backup-error.ts'
import { verifyBackupFile } from '../adapters/backup/backup-file.ts'
import { formatSettings } from '../adapters/backup/format-settings.ts'
import type { VerifyBackupOptions, VerifyBackupReport } from '../adapters/cli/cli-context.ts'
import type { Config } from '../config/config.ts'

/** Reads a backup completely, and writes its variables to a file if requested. Uses no database. */
export async function verifyBackup(
  { backup: { passphrase } }: Config,
  { file, settings }: VerifyBackupOptions,
): Promise<VerifyBackupReport> {
  const content = await verifyBackupFile({ file, passphrase })
  if (settings !== null) writePrivately(settings, formatSettings(content))
  const { header, rows } = content
  return {
    createdAt: header.created_at,
    database: header.database,
    schema: header.schema.app,
    rows,
    variables: Object.keys(content.settings).toSorted(),
    settingsFile: settings,
  }
}

function writePrivately(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new BackupError(`Cannot write ${file} (${code}).`, { cause: error })
  }
}
