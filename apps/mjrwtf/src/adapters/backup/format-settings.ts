import type { BackupFileContent } from './backup-file.ts'

/**
 * The variables and keys of a backup as a file of `NAME=value` lines, for a shell, systemd's EnvironmentFile or Compose's
 * env_file (`docker run --env-file` keeps quotes). Contains secrets.
 */
export function formatSettings({
  header,
  secretKeys,
  settings,
}: Pick<BackupFileContent, 'header' | 'secretKeys' | 'settings'>): string {
  const keys = secretKeys.length === 0 ? {} : { SECRET_KEYS: secretKeys.join(',') }
  const lines = Object.entries({ ...settings, ...keys }).map(
    ([name, value]) => `${name}=${quoted(value)}`,
  )
  return [
    `# Variables of the instance at the time of the backup, ${header.created_at}. They contain secrets.`,
    '# Check DATABASE_URL, BASE_URL and paths before you use them on another machine.',
    ...lines.toSorted(),
    '',
  ].join('\n')
}

function quoted(value: string): string {
  if (/^[\w./:@%+,=-]*$/.test(value)) return value
  return `'${value.replaceAll("'", `'\\''`)}'`
}
