import { day, type Milliseconds, minute } from '../domain/time.ts'
import { duration, filePath, formatDuration, integer } from './values.ts'
import type { Variables } from './variables.ts'

export interface BackupConfig {
  readonly backup: {
    /** Folder of scheduled backups. `null`: none are written. */
    readonly folder: string | null
    readonly interval: Milliseconds
    /** How many backups the folder keeps. */
    readonly keep: number
    /** `null`: backups are not encrypted. */
    readonly passphrase: string | null
  }
}

const minPassphraseLength = 12

export function readBackup(variables: Variables): BackupConfig {
  return {
    backup: {
      folder: variables.read<string | null>('BACKUP_DIR', {
        parse: filePath,
        expected: 'the path of a folder, such as ./backups',
        fallback: null,
      }),
      interval: variables.read('BACKUP_INTERVAL', {
        parse: duration(minute, 31 * day),
        expected: 'a duration from 1m to 31d, such as 24h',
        fallback: day,
        format: formatDuration,
      }),
      keep: variables.read('BACKUP_KEEP', {
        parse: integer(1, 1_000),
        expected: 'a number of backups from 1 to 1000',
        fallback: 7,
      }),
      passphrase: variables.read<string | null>('BACKUP_PASSPHRASE', {
        parse: (text) => (text.length < minPassphraseLength ? null : text),
        expected: `a passphrase of at least ${minPassphraseLength} characters`,
        fallback: null,
        mask: 'hidden',
      }),
    },
  }
}
