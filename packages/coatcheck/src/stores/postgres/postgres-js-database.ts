import { getField, toBytes } from '../../domain/stored-fields.ts'
import { startWithinTime, withinTime } from './bounded-wait.ts'
import type { Database, RunQuery } from './database.ts'

/** The rows of a statement. */
interface PostgresJsRows extends ReadonlyArray<object> {
  /** The server's name of what it has done, such as `COMMIT`. */
  readonly command: string
}

/** What the clients and the transactions of postgres.js have in common. */
export interface PostgresJsRunner {
  /** Runs a statement without a name. */
  unsafe(query: string, parameters?: unknown[]): PromiseLike<PostgresJsRows>
  typed(value: unknown, type: number): unknown
}

/** The part of a client of postgres.js that the store uses: what `postgres(url)` returns. */
export interface PostgresJsSql extends PostgresJsRunner {
  /** A client of postgres.js is a function, which is how it is recognized. */
  (first: string): unknown
  begin(
    options: string,
    work: (transaction: PostgresJsRunner) => Promise<unknown>,
  ): Promise<unknown>
  listen(
    channel: string,
    onNotify: (payload: string) => void,
    onListen: () => void,
  ): PromiseLike<{ unlisten(): Promise<unknown> }>
  readonly options: PostgresJsOptions
}

/** What `begin` of postgres.js passes to its callback. */
export interface PostgresJsTransaction extends PostgresJsRunner {
  savepoint(work: (transaction: PostgresJsTransaction) => Promise<unknown>): Promise<unknown>
}

interface PostgresJsOptions {
  readonly transform: {
    readonly column: { readonly from?: ((column: string) => string) | undefined }
  }
}

export function isPostgresJs(database: object): database is PostgresJsSql {
  return typeof database === 'function' && 'unsafe' in database && 'begin' in database
}

export function isPostgresJsTransaction(value: unknown): value is PostgresJsTransaction {
  return typeof value === 'function' && 'unsafe' in value && 'savepoint' in value
}

/** A database through a client of postgres.js. */
export function createPostgresJsDatabase(sql: PostgresJsSql): Database {
  const restoreNames = restoreNamesOf(sql)
  const run = createPostgresJsRun(sql, restoreNames)
  return {
    // Not canceled if it is late: that would connect again, and a failure of that connection cannot be handled.
    query: (statement) => withinTime(run(statement)),
    transact: (setup, work) =>
      startWithinTime((start) => {
        const committed = Promise.withResolvers<Awaited<ReturnType<typeof work>>>()
        const ended = sql.begin('isolation level read committed', async (transaction) => {
          start()
          try {
            await transaction.unsafe(setup)
            const result = await work(createPostgresJsRun(transaction, restoreNames))
            await commit(transaction)
            committed.resolve(result)
          } catch (error) {
            committed.reject(error)
            await failUnlessLost(error)
          }
        })
        // What happens after the commit does not concern the caller.
        ended.catch(committed.reject)
        return committed.promise
      }),
  }
}

/**
 * Lets postgres.js roll back, unless the connection is lost: its ROLLBACK would then throw outside of any promise and
 * end the process (3.4.9). It rejects `begin` itself when the connection closes, so nothing waits for the promise.
 */
async function failUnlessLost(error: unknown): Promise<void> {
  if (!isConnectionLost(error)) throw error
  await new Promise<never>(() => {})
}

/** Whether the error is not the server's answer to a statement, but the end of the connection. */
function isConnectionLost(error: unknown): boolean {
  const isFatal = ['FATAL', 'PANIC'].includes(String(getField(error, 'severity')))
  const code = String(getField(error, 'code'))
  return isFatal || code.startsWith('CONNECTION_') || getField(error, 'syscall') !== undefined
}

/**
 * Commits, and leaves the COMMIT of postgres.js an empty transaction. That one is a named statement by default: if
 * a pooler has lost its name, the server aborts the transaction, postgres.js tries again, and the server answers
 * this COMMIT with a ROLLBACK that is not reported.
 */
async function commit(transaction: PostgresJsRunner): Promise<void> {
  const { command } = await transaction.unsafe('COMMIT AND CHAIN')
  if (command !== 'COMMIT') throw new Error('The server has rolled the transaction back')
}

/** Returns the rows of a statement with the names of its columns. */
export type RestoreNames = (text: string, rows: readonly object[]) => readonly object[]

/** For a client, which also applies to its transactions. */
export function restoreNamesOf(database: object): RestoreNames {
  const rename = isPostgresJs(database) ? database.options.transform.column.from : undefined
  return rename === undefined ? (_text, rows) => rows : createRestoreNames(rename)
}

/**
 * Runs statements without names, which costs a second round trip: postgres.js never completes a query
 * whose name a pooler has lost (3.4.9 with PgBouncer 1.18).
 */
export function createPostgresJsRun(
  runner: PostgresJsRunner,
  restoreNames: RestoreNames,
): RunQuery {
  return async ({ text, values = [] }) => {
    const parameters = values.map((value) => runner.typed(toText(value), unknownType))
    const rows = await runner.unsafe(text, parameters)
    return restoreNames(text, rows)
  }
}

/**
 * The type `unknown`: the server infers the type of a parameter that is declared so. Without a type,
 * postgres.js would format the value with the types of its client, which the app may have replaced.
 */
const unknownType = 705

/** Formats a parameter as PostgreSQL reads it. */
function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const bytes = toBytes(value)
  if (bytes !== null) return `\\x${Buffer.from(bytes).toString('hex')}`
  if (Array.isArray(value)) return `{${value.map(toElement).join(',')}}`
  return String(value)
}

function toElement(value: unknown): string {
  return `"${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/**
 * Undoes a `transform` of the app's client, such as `postgres.camel`: the names of the columns of a
 * result occur in its statement.
 */
function createRestoreNames(rename: (column: string) => string): RestoreNames {
  const names = new Map<string, readonly string[]>()

  function namesIn(text: string): readonly string[] {
    const known = names.get(text) ?? [...new Set(text.match(/\w+/g))]
    names.set(text, known)
    return known
  }

  return (text, rows) =>
    rows.map((row) => {
      const fields = new Map(Object.entries(row))
      const present = namesIn(text).filter((name) => fields.has(rename(name)))
      return Object.fromEntries(present.map((name) => [name, fields.get(rename(name))]))
    })
}
