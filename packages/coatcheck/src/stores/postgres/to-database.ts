import type { Database } from './database.ts'
import type { PostgresPool } from './driver.ts'
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
  if (isPostgresJs(database)) return createPostgresJsDatabase(database)
  if (isPglite(database)) return createPgliteDatabase(database)
  return createPgDatabase(database)
}
