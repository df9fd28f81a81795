import { statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { DoctorCheck } from '../adapters/cli/cli-context.ts'
import { secretKeysFile } from '../adapters/crypto/secret-keys.ts'
import type { Config } from '../config/config.ts'

/** Without the keys of a database, every authenticator app must be added again, and a start creates new ones. */
export function checkSecretKeys({ database, secretKeys }: Config): readonly DoctorCheck[] {
  const id = 'secret-keys'
  if (secretKeys !== null) {
    return [{ id, status: 'ok', message: `SECRET_KEYS is set (keys: ${secretKeys.length}).` }]
  }
  if (database.kind !== 'sqlite') return []
  const file = resolve(database.file)
  const keys = secretKeysFile(file)
  if (exists(keys)) return [{ id, status: 'ok', message: `The keys are in ${keys}.` }]
  if (!exists(file)) return []
  const message = `The file ${keys} is missing, although there is a database. Restore it from a backup before the next start, which creates other keys.`
  return [{ id, status: 'failed', message }]
}

/** Files that contain secrets or personal data are for the user of the server only. */
export function checkFileModes({ database, secretKeys }: Config): readonly DoctorCheck[] {
  if (database.kind !== 'sqlite') return []
  const file = resolve(database.file)
  const keys = secretKeys === null ? [secretKeysFile(file)] : []
  return [file, `${file}-wal`, `${file}-shm`, ...keys].filter(exists).map(checkMode)
}

function checkMode(file: string): DoctorCheck {
  const id = 'file-permissions'
  const { mode } = statSync(file)
  if ((mode & 0o077) === 0) {
    return { id, status: 'ok', message: `Only the user of the server can read ${file}.` }
  }
  return { id, status: 'failed', message: `Other users can read ${file}. Run: chmod 600 ${file}` }
}

const gibibyte = 1024 ** 3
/** With less, SQLite cannot extend its log, nor open the file. */
const fullDisk = 16 * 1024 ** 2

export function checkDiskSpace({ database }: Config): readonly DoctorCheck[] {
  if (database.kind !== 'sqlite') return []
  const folder = dirname(resolve(database.file))
  if (!exists(folder)) return []
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const id = 'disk-space'
  const message = `${(free / gibibyte).toFixed(1)} GiB are free in ${folder}.`
  if (free >= gibibyte) return [{ id, status: 'ok', message }]
  if (free < fullDisk) {
    const text = `The disk of ${folder} is full: changes are refused. Free some space; nothing has to be restarted.`
    return [{ id, status: 'failed', message: text }]
  }
  return [{ id, status: 'warning', message: `${message} Free some space before writes fail.` }]
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}
