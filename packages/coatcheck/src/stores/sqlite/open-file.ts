import { rejectOption, SessionError } from '../../domain/errors.ts'
import type { ClosableSqliteDatabase } from './database.ts'

/**
 * Opens a file with `node:sqlite`. The module is looked up when a file is opened, so that this entry can
 * be imported where there is none, and by bundlers for such runtimes.
 */
export function openFile(file: string): ClosableSqliteDatabase {
  const module = globalThis.process?.getBuiltinModule?.('node:sqlite')
  if (module === undefined) {
    rejectOption(
      'sqlite(file) needs node:sqlite, which this runtime does not have: use Node 22.13 or newer, or ' +
        'another driver with sqlite(() => new Database(file))',
    )
  }
  try {
    createPrivateFile(file)
    return new module.DatabaseSync(file)
  } catch (cause) {
    const advice = 'check that its directory exists, and who owns both'
    const message = `The SQLite file ${file} cannot be opened: ${advice}`
    throw new SessionError('missing-privilege', message, { cause })
  }
}

/** Only this user may read a new file, which contains IP addresses and hashes. SQLite copies the mode to -wal and -shm. */
function createPrivateFile(file: string): void {
  if (file === ':memory:' || file.startsWith('file:')) return
  const { closeSync, openSync } = process.getBuiltinModule('node:fs')
  closeSync(openSync(file, 'a', 0o600))
}
