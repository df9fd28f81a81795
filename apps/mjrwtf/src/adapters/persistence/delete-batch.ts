import { type RawBuilder, sql } from 'kysely'
import { type Database, run } from './database.ts'
import type { Tables } from './tables.ts'

/** The rows to delete. */
export interface Deletion {
  readonly table: keyof Tables | 'sessions'
  /** The columns of its primary key. */
  readonly keyColumns: readonly string[]
  /** A query of these columns, without LIMIT. An index finds the rows, so that the batch visits no others. */
  readonly rows: RawBuilder<unknown>
}

/** The rows of which the newest remain. */
export interface Retention {
  readonly table: 'drafts' | 'email_tokens' | 'link_changes'
  /** The column of its primary key. */
  readonly keyColumn: string
  readonly condition: RawBuilder<unknown>
  /** Number of rows that remain. */
  readonly keep: number
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
  { table, keyColumns, rows }: Deletion,
): Promise<number> {
  const columns = sql.join(keyColumns.map((column) => sql.ref(column)))
  // Not as a subquery of IN: PostgreSQL could run it, and apply its limit, several times.
  const query = sql`
    WITH batch AS (
      ${rows} LIMIT ${dialect.deletionBatch} ${dialect.lockForDeletion()}
    )
    DELETE FROM ${sql.table(table)} WHERE (${columns}) IN (SELECT * FROM batch)`
  return Number((await run(query.execute(kysely))).numAffectedRows ?? 0)
}

/**
 * Deletes all but the newest rows that fulfill the condition. As a separate statement after an insert, the last of
 * concurrent calls sees all inserted rows. None waits for another, so they never deadlock.
 */
export async function deleteOlder(database: Database, retention: Retention): Promise<void> {
  const { table, keyColumn, condition, keep } = retention
  const key = sql.ref(keyColumn)
  const rows = sql`
    SELECT ${key} FROM ${sql.table(table)} WHERE ${condition} AND ${key} NOT IN (
      SELECT ${key} FROM ${sql.table(table)} WHERE ${condition}
      ORDER BY created_at DESC, ${key} LIMIT ${keep}
    )`
  await deleteBatch(database, { table, keyColumns: [keyColumn], rows })
}
