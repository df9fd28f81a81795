import { startWithinTime, withinTime } from './bounded-wait.ts'
import type { Database, RunQuery } from './database.ts'
import type { PostgresResult } from './driver.ts'

/** What PGlite databases and their transactions have in common. */
export interface PgliteRunner {
  query(text: string, parameters?: unknown[]): Promise<PostgresResult>
  exec(text: string): Promise<readonly PostgresResult[]>
}

/** The part of a PGlite database that the store uses: what `new PGlite()` creates. */
export interface Pglite extends PgliteRunner {
  transaction<Result>(work: (transaction: PgliteRunner) => Promise<Result>): Promise<Result>
  /** Resolves once the server runs, which takes seconds. */
  readonly waitReady: Promise<void>
  /** Resolves to a function that stops listening. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>
}

export function isPglite(database: object): database is Pglite {
  return 'exec' in database && 'transaction' in database
}

/**
 * A database in PGlite, which has one connection: each statement waits for the transactions before it.
 * Its server runs in this process, so no statement can be canceled, and the server's bounds of waits have no
 * effect.
 */
export function createPgliteDatabase(database: Pglite): Database {
  const run = createPgliteRun(database)
  return {
    async query(statement) {
      await database.waitReady
      return withinTime(run(statement))
    },
    async transact(setup, work) {
      await database.waitReady
      return startWithinTime((start) =>
        database.transaction(async (transaction) => {
          start()
          await transaction.exec(`SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ${setup}`)
          return work(createPgliteRun(transaction))
        }),
      )
    },
  }
}

/** Whether it is a PGlite database or transaction. */
export function isPgliteRunner(value: unknown): value is PgliteRunner {
  return typeof value === 'object' && value !== null && 'exec' in value && 'query' in value
}

export function createPgliteRun(runner: PgliteRunner): RunQuery {
  return async ({ text, values }) => {
    if (values !== undefined) return (await runner.query(text, values)).rows
    // `query` runs only one statement.
    const results = await runner.exec(text)
    return results.at(-1)?.rows ?? []
  }
}
