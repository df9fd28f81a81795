import { type RawBuilder, sql } from 'kysely'
import { type Database, run } from './database.ts'
import type { Tables } from './tables.ts'

/** The rows to delete. */
export interface Deletion {
  readonly table: keyof Tables | 'sessions'
  /** The columns of its primary key. */
  readonly key: readonly string[]
  /** A query of the keys to delete, without LIMIT. An index finds them, so that the batch visits no other rows. */
  readonly keys: RawBuilder<unknown>
}

/** As `deleteBatch`, but returns whether there may be more rows. */
export async function purgeBatch(database: Database, deletion: Deletion): Promise<boolean> {
  return (await deleteBatch(database, deletion)) === database.dialect.deletionBatch
}

/**
 * Deletes at most `deletionBatch` rows in one statement and returns their number. Rows that another process is deleting
 * or changing are omitted.
 */
export async function deleteBatch(
  { kysely, dialect }: Database,
  { table, key, keys }: Deletion,
): Promise<number> {
  const columns = sql.join(key.map((column) => sql.ref(column)))
  // Not as a subquery of IN: PostgreSQL could run it, and apply its limit, several times.
  const query = sql`
    WITH batch AS (
      ${keys} LIMIT ${dialect.deletionBatch} ${dialect.lockForDeletion()}
    )
    DELETE FROM ${sql.table(table)} WHERE (${columns}) IN (SELECT * FROM batch)`
  return Number((await run(query.execute(kysely))).numAffectedRows ?? 0)
}
