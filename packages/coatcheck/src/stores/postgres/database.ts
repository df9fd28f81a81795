import type { PostgresQuery } from './driver.ts'

/** Runs a statement and returns its rows. In a transaction, it sees what was committed when it started. */
export type RunQuery = (statement: PostgresQuery) => Promise<readonly unknown[]>

/** A database as the store uses it, whatever the driver. Errors are those of the driver. */
export interface Database {
  /** Runs one statement outside a transaction. */
  readonly query: RunQuery
  /**
   * Runs `work` as one READ COMMITTED transaction on one connection, after the statements of `setup`. If
   * it rejects, everything is rolled back.
   */
  transact<Result>(setup: string, work: (query: RunQuery) => Promise<Result>): Promise<Result>
}
