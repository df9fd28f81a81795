import SqliteConnection from 'better-sqlite3'
import { vi } from 'vitest'

/** A statement as it was executed. */
export interface RecordedStatement {
  readonly sql: string
  /** By position; an object with parameters by name is the only element. */
  readonly parameters: readonly unknown[]
}

export interface StatementRecorder extends Disposable {
  /** Returns the statements since the last call. */
  take(): readonly RecordedStatement[]
}

/** Statements without rows: boundaries of transactions, and settings. */
const ignored = /^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)\b/i

const executing = new Set<PropertyKey>(['all', 'get', 'iterate', 'run'])

/** Records every statement on connections that prepare it from now on, until the recorder is disposed. */
export function recordStatements(): StatementRecorder {
  const recorded: RecordedStatement[] = []
  const prepare = SqliteConnection.prototype.prepare
  const spy = vi.spyOn(SqliteConnection.prototype, 'prepare').mockImplementation(function (
    this: SqliteConnection.Database,
    sql: string,
  ) {
    const statement = prepare.call(this, sql)
    if (ignored.test(sql)) return statement
    return recordExecutions(statement, (parameters) => recorded.push({ sql, parameters }))
  })
  return {
    take: () => recorded.splice(0),
    [Symbol.dispose]: () => spy.mockRestore(),
  }
}

function recordExecutions<Statement extends object>(
  statement: Statement,
  record: (parameters: readonly unknown[]) => void,
): Statement {
  return new Proxy(statement, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property)
      if (typeof member !== 'function') return member
      return (...parameters: readonly unknown[]) => {
        if (executing.has(property)) record(parameters.flat())
        const result: unknown = Reflect.apply(member, target, parameters)
        // `pluck` and others return the statement.
        return result === target ? recordExecutions(target, record) : result
      }
    },
  })
}
