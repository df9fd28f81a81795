import type { Database as SqliteConnection } from 'better-sqlite3'
import type { RetryWhileBusy } from 'coatcheck/sqlite'
import type { CompiledQuery, Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** A transaction that reads rows and writes what follows from them. */
export interface Transaction<Row> {
  /** Locks the rows that others must not change meanwhile; `null` if the database has one writer at a time. */
  readonly lock: CompiledQuery | null
  readonly read: CompiledQuery<Row>
  /** Returns the statements to run, in order. Must not have side effects. */
  write(rows: readonly Row[]): readonly CompiledQuery[]
}

/** Returns the rows that were read. */
export type Transact = <Row>(transaction: Transaction<Row>) => Promise<readonly Row[]>

/** Runs in one turn of the event loop: no statement of another request can become part of it (decision 008). */
export function createSqliteTransact(
  connection: SqliteConnection,
  retryWhileBusy: RetryWhileBusy,
): Transact {
  return async function transact<Row>({ read, write }: Transaction<Row>) {
    const run = connection.transaction(() => {
      const rows = connection.prepare<unknown[], Row>(read.sql).all(...read.parameters)
      for (const { sql, parameters } of write(rows)) connection.prepare(sql).run(...parameters)
      return rows
    })
    return retryWhileBusy(async () => run.immediate())
  }
}

/** The lock is a statement of its own: a statement that waits for a lock reads other tables as they were before. */
export function createPostgresTransact(kysely: Kysely<Tables>): Transact {
  return async function transact<Row>({ lock, read, write }: Transaction<Row>) {
    return kysely.transaction().execute(async (connection) => {
      if (lock !== null) await connection.executeQuery(lock)
      const { rows } = await connection.executeQuery(read)
      for (const statement of write(rows)) await connection.executeQuery(statement)
      return rows
    })
  }
}
