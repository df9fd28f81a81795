import { writeFileSync } from 'node:fs'
import { BackupError } from '../adapters/backup/backup-error.ts'
import { type BackupFileContent, verifyBackupFile } from '../adapters/backup/backup-file.ts'
import { formatSettings } from '../adapters/backup/format-settings.ts'
import type { VerifyBackupOptions, VerifyBackupReport } from '../adapters/cli/cli-context.ts'
import { type Config, inspectConfig } from '../config/config.ts'

/** Reads a backup completely, and writes its variables to a file if requested. Uses no database. */
export async function verifyBackup(
  { backup: { passphrase } }: Config,
  { file, settings }: VerifyBackupOptions,
): Promise<VerifyBackupReport> {
  const content = withKnownSettings(await verifyBackupFile({ file, passphrase }))
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

/** A shell reads the file: a forged backup must not set others, such as LD_PRELOAD or NODE_OPTIONS. */
function withKnownSettings(content: BackupFileContent): BackupFileContent {
  const { variables } = inspectConfig({}, { readSecretFile: () => null })
  const known = new Set(variables.map(({ name }) => name))
  const settings = Object.entries(content.settings).filter(([name]) => known.has(name))
  return { ...content, settings: Object.fromEntries(settings) }
}

function writePrivately(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new BackupError(`Cannot write ${file} (${code}).`, { cause: error })
  }
}
