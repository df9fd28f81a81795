import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'

/** A statement that has completed. */
export interface StatementObservation {
  /** `select`, `insert`, `update`, `delete`, or `raw` for SQL as text. */
  readonly kind: string
  readonly hasFailed: boolean
  /** Without the wait for a connection of the pool. */
  readonly milliseconds: number
}

/** Called for each statement of the repositories. Must be fast, and must not throw. */
export type ObserveStatement = (statement: StatementObservation) => void

/** Runs a statement on a connection. */
export type Execute = <Row>(query: CompiledQuery) => Promise<QueryResult<Row>>

const kinds: Readonly<Record<string, string>> = {
  SelectQueryNode: 'select',
  InsertQueryNode: 'insert',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete',
}

/**
 * Reports each statement. The statement and its parameters stay here. Not by the option `log` of Kysely, which costs a
 * redirect several percent.
 */
export function observed(execute: Execute, observe: ObserveStatement | undefined): Execute {
  if (observe === undefined) return execute
  return async (query) => {
    const startedAt = performance.now()
    let hasFailed = true
    try {
      const result = await execute<never>(query)
      hasFailed = false
      return result
    } finally {
      const kind = kinds[query.query.kind] ?? 'raw'
      observe({ kind, hasFailed, milliseconds: performance.now() - startedAt })
    }
  }
}

/** Reports the statements of a connection from now on. For connections that their driver recognizes, and so must not be wrapped. */
export function observeConnection(
  connection: DatabaseConnection,
  observe: ObserveStatement | undefined,
): void {
  connection.executeQuery = observed(connection.executeQuery.bind(connection), observe)
}
