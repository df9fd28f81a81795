import { openPostgres } from './open-postgres.ts'
import { openSqlite } from './open-sqlite.ts'
import type { DatabaseLocation, Persistence } from './persistence.ts'

/**
 * Opens the database and migrates its tables to the newest version, under a lock. Rejects with `PersistenceError` if
 * the operator has to fix something.
 */
export async function openPersistence(location: DatabaseLocation): Promise<Persistence> {
  return location.kind === 'sqlite' ? openSqlite(location.file) : openPostgres(location.url)
}
