import { SessionError } from '../../domain/errors.ts'
import type { RunQuery } from './database.ts'
import type { PostgresQuery, PostgresResult } from './driver.ts'
import { createPgliteRun, isPgliteRunner } from './pglite-database.ts'
import {
  createPostgresJsRun,
  isPostgresJsTransaction,
  type PostgresJsTransaction,
  type RestoreNames,
} from './postgres-js-database.ts'

/** A transaction that the app has opened, whatever the driver or query builder. */
export interface OpenTransaction {
  readonly run: RunQuery
  /** Runs `work` in a savepoint, to which it rolls back if `work` rejects. */
  savepoint<Result>(work: (run: RunQuery) => Promise<Result>): Promise<Result>
}

/**
 * Recognizes a transaction by its methods. Throws `invalid-argument` for anything else. `restoreNames` is
 * that of the store's client, to which a transaction of postgres.js belongs.
 *
 * - `pg`: a client on which the app has run BEGIN.
 * - postgres.js: the `sql` that `begin` passes to its callback.
 * - PGlite: the transaction that `transaction` passes to its callback.
 * - Kysely and Drizzle: the transaction of their callbacks, on any of these drivers.
 */
export function toOpenTransaction(
  transaction: unknown,
  restoreNames: RestoreNames,
): OpenTransaction {
  if (isPostgresJsTransaction(transaction)) return fromPostgresJs(transaction, restoreNames)
  if (isPgliteRunner(transaction)) return withSavepoints(createPgliteRun(transaction))
  if (isKysely(transaction)) return withSavepoints(createKyselyRun(transaction))
  if (isDrizzle(transaction)) return toOpenTransaction(transaction.session.client, restoreNames)
  if (isPgClient(transaction)) return withSavepoints(createPgRun(transaction))
  throw new SessionError(
    'invalid-argument',
    'The transaction is of no known kind: pass a client of pg after BEGIN, or the transaction of postgres.js, PGlite, Kysely or Drizzle',
  )
}

function withSavepoints(run: RunQuery): OpenTransaction {
  return {
    run,
    async savepoint(work) {
      await run({ text: 'SAVEPOINT coatcheck' })
      try {
        const result = await work(run)
        await run({ text: 'RELEASE SAVEPOINT coatcheck' })
        return result
      } catch (error) {
        await run({ text: 'ROLLBACK TO SAVEPOINT coatcheck' })
        await run({ text: 'RELEASE SAVEPOINT coatcheck' })
        throw error
      }
    },
  }
}

/** postgres.js fails the whole transaction after an error outside a savepoint of its own. */
function fromPostgresJs(sql: PostgresJsTransaction, restoreNames: RestoreNames): OpenTransaction {
  return {
    run: createPostgresJsRun(sql, restoreNames),
    async savepoint(work) {
      const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof work>>>()
      await sql.savepoint(async (inner) => {
        resolve(await work(createPostgresJsRun(inner, restoreNames)))
      })
      return promise
    },
  }
}

interface PgClient {
  query(query: PostgresQuery): Promise<PostgresResult>
}

function isPgClient(transaction: unknown): transaction is PgClient {
  return hasMethod(transaction, 'query')
}

/** Without names: the app's connection may be one of a pooler. */
function createPgRun(client: PgClient): RunQuery {
  return async ({ name: _name, ...statement }) => (await client.query(statement)).rows
}

interface KyselyTransaction {
  withoutPlugins(): KyselyTransaction
  executeQuery(query: unknown): Promise<PostgresResult>
}

function isKysely(transaction: unknown): transaction is KyselyTransaction {
  return hasMethod(transaction, 'executeQuery') && hasMethod(transaction, 'withoutPlugins')
}

/** Plugins of the app could rename columns. */
function createKyselyRun(transaction: KyselyTransaction): RunQuery {
  const plain = transaction.withoutPlugins()
  return async ({ text: sql, values: parameters = [] }) => {
    const node = { kind: 'RawNode', sqlFragments: [sql], parameters: [] }
    const compiled = { sql, parameters, query: node, queryId: { queryId: 'coatcheck' } }
    return (await plain.executeQuery(compiled)).rows
  }
}

/** Drizzle has no method that takes text and parameters, so its driver's client is used. */
interface DrizzleTransaction {
  readonly session: { readonly client: unknown }
}

function isDrizzle(transaction: unknown): transaction is DrizzleTransaction {
  if (typeof transaction !== 'object' || transaction === null) return false
  const session: unknown = Reflect.get(transaction, 'session')
  return typeof session === 'object' && session !== null && 'client' in session
}

function hasMethod(value: unknown, name: string): boolean {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
  )
}
