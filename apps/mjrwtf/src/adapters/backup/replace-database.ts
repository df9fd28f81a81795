import type { DatabaseLocation } from '../persistence/persistence.ts'
import { replacePostgres } from './postgres-replacement.ts'
import type { Replaced, Replacement } from './replacement.ts'
import { replaceSqlite } from './sqlite-replacement.ts'

/** Replaces all rows of a database, or creates it. It happens completely or not at all. */
export async function replaceDatabase(
  location: DatabaseLocation,
  replacement: Replacement,
): Promise<Replaced> {
  return location.kind === 'sqlite'
    ? replaceSqlite(location.file, replacement)
    : replacePostgres(location.url, replacement)
}
