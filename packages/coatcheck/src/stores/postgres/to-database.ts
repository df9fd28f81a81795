import type { Database } from './database.ts'
import { type PostgresPool, requirePool } from './driver.ts'
import { createPgDatabase } from './pg-database.ts'
import { createPgliteDatabase, isPglite, type Pglite } from './pglite-database.ts'
import {
  createPostgresJsDatabase,
  isPostgresJs,
  type PostgresJsSql,
} from './postgres-js-database.ts'

/**
 * What the store and the migrations run on: a Pool of `pg`, a client of `postgres` (postgres.js), or a
 * PGlite database.
 */
export type PostgresDatabase = PostgresPool | PostgresJsSql | Pglite

/** The only place that distinguishes drivers. They are recognized by their methods. */
export function toDatabase(database: PostgresDatabase): Database {
  // The type does not guarantee an object: the caller may have passed an unset variable.
  const object: PostgresDatabase = Object(database)
  if (isPostgresJs(object)) return createPostgresJsDatabase(object)
  if (isPglite(object)) return createPgliteDatabase(object)
  requirePool(database)
  return createPgDatabase(object)
}
