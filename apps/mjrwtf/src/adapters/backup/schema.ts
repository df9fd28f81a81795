import { openSchema } from '../persistence/open-persistence.ts'
import type { DatabaseLocation } from '../persistence/persistence.ts'
import { BackupError } from './backup-error.ts'

/**
 * Migrates the tables to a version of the app's, creating a SQLite file that is missing. The database has no rows, or those
 * of a version before.
 */
export async function migrateTables(
  location: DatabaseLocation,
  version: number | 'newest',
): Promise<void> {
  const schema = openSchema(location)
  try {
    const newest = schema.newest.app
    if (version !== 'newest' && version > newest) throw tooNew(version, newest)
    await schema.migrate(version === 'newest' ? newest : version, { onWaiting: () => {} })
  } finally {
    await schema.close()
  }
}

function tooNew(version: number, newest: number): BackupError {
  return new BackupError(
    `The backup has the schema version ${version}, and this program knows versions up to ${newest}. Nothing was changed. Install the newer program, and start again.`,
  )
}
