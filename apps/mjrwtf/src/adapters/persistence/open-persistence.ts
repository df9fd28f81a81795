import type { MigrateOptions, Schema, SchemaPlan } from '../../application/ports/schema.ts'
import type { ObserveStatement } from './observed-statements.ts'
import { openPostgres } from './open-postgres.ts'
import { openSqlite } from './open-sqlite.ts'
import type { DatabaseLocation, Persistence } from './persistence.ts'
import { openPostgresSchema } from './schema/postgres-schema.ts'
import { openSqliteSchema } from './schema/sqlite-schema.ts'

/**
 * Opens the database and changes nothing in it. Its tables must have the version of this program: `migrateToNewest`
 * before. Rejects with `PersistenceError` if the operator has to fix something.
 */
export async function openPersistence(
  location: DatabaseLocation,
  observeStatement?: ObserveStatement,
): Promise<Persistence> {
  return location.kind === 'sqlite'
    ? openSqlite(location.file, observeStatement)
    : openPostgres(location.url, observeStatement)
}

/** The tables of the database, of any version. Connects when it is used. */
export function openSchema(location: DatabaseLocation): Schema {
  return location.kind === 'sqlite'
    ? openSqliteSchema(location.file)
    : openPostgresSchema(location.url)
}

/**
 * Migrates the tables to the version of this program, creating a SQLite file that is missing. Only reads if they have
 * it already. Rejects with `PersistenceError` if the operator has to fix something.
 */
export async function migrateToNewest(
  location: DatabaseLocation,
  options: MigrateOptions = { onWaiting: () => {} },
): Promise<SchemaPlan> {
  const schema = openSchema(location)
  try {
    return await schema.migrate(schema.newest.app, options)
  } finally {
    await schema.close()
  }
}
