import type { LogEvent } from 'kysely'

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

const kinds: Readonly<Record<string, string>> = {
  SelectQueryNode: 'select',
  InsertQueryNode: 'insert',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete',
}

/** The option of Kysely that reports statements; none without an observer. The statement and its parameters stay here. */
export function observedBy(observe: ObserveStatement | undefined) {
  if (observe === undefined) return {}
  return {
    log: ({ level, query, queryDurationMillis }: LogEvent) =>
      observe({
        kind: kinds[query.query.kind] ?? 'raw',
        hasFailed: level === 'error',
        milliseconds: queryDurationMillis,
      }),
  }
}
