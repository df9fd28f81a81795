import { readFileSync } from 'node:fs'
import initialize, { type Database, type PreparedStatement } from '@sqlite.org/sqlite-wasm'
import type { RecordedStatement } from './statement-recorder.ts'

/** What the execution of a statement costs, whatever else the machine does. */
export interface StatementCost {
  readonly sql: string
  /** Instructions of the virtual machine: about ten per row visited. */
  readonly instructions: number
  /** Accesses to pages of the file, including those of full-text search, which executes no instructions. */
  readonly pages: number
}

export interface CostMeter extends Disposable {
  /** Executes the statement and rolls it back. */
  measure(statement: RecordedStatement): StatementCost
}

/** Bytes of the header that say whether the database is in WAL mode, which a database in memory cannot be. */
const journalModeBytes = [18, 19]

/**
 * Opens a copy of a SQLite file in SQLite's own WebAssembly build, which reports what statements cost; the drivers for
 * Node do not. The file must have no WAL.
 */
export async function openCostMeter(file: string): Promise<CostMeter> {
  const sqlite = await initialize()
  const database = new sqlite.oo1.DB(':memory:')
  loadFile(sqlite, database, file)
  database.exec('PRAGMA foreign_keys = ON')

  function measure({ sql, parameters }: RecordedStatement): StatementCost {
    const before = pagesAccessed(sqlite, database)
    const statement = database.prepare(sql)
    try {
      if (statement.parameterCount > 0) bind(sqlite, statement, parameters)
      while (statement.step());
      const { sqlite3_stmt_status, SQLITE_STMTSTATUS_VM_STEP } = sqlite.capi
      const instructions = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0)
      return { sql, instructions, pages: pagesAccessed(sqlite, database) - before }
    } finally {
      statement.finalize()
    }
  }

  return {
    measure(statement) {
      database.exec('SAVEPOINT measurement')
      try {
        return measure(statement)
      } finally {
        database.exec('ROLLBACK TO measurement; RELEASE measurement')
      }
    },
    [Symbol.dispose]: () => database.close(),
  }
}

type Sqlite = Awaited<ReturnType<typeof initialize>>

function loadFile({ capi, wasm }: Sqlite, database: Database, file: string): void {
  const bytes = new Uint8Array(readFileSync(file))
  for (const index of journalModeBytes) bytes[index] = 1
  const flags = capi.SQLITE_DESERIALIZE_FREEONCLOSE | capi.SQLITE_DESERIALIZE_RESIZEABLE
  const copy = wasm.allocFromTypedArray(bytes)
  const [pointer, size] = [database.pointer, bytes.length]
  if (pointer === undefined) throw new Error('The copy of the database is not open.')
  database.checkRc(capi.sqlite3_deserialize(pointer, 'main', copy, size, size, flags))
}

function pagesAccessed({ capi, wasm }: Sqlite, database: Database): number {
  const stack = wasm.pstack.pointer
  const current = wasm.pstack.alloc(8)
  const highest = wasm.pstack.alloc(8)
  const read = (
    counter: typeof capi.SQLITE_DBSTATUS_CACHE_HIT | typeof capi.SQLITE_DBSTATUS_CACHE_MISS,
  ) => {
    capi.sqlite3_db_status(database, counter, current, highest, 0)
    return wasm.peek32(current)
  }
  const pages = read(capi.SQLITE_DBSTATUS_CACHE_HIT) + read(capi.SQLITE_DBSTATUS_CACHE_MISS)
  wasm.pstack.restore(stack)
  return pages
}

/** As better-sqlite3 binds: each number as REAL, which can have another plan than an INTEGER. */
function bind(sqlite: Sqlite, statement: PreparedStatement, parameters: readonly unknown[]): void {
  for (const [index, value] of listParameters(statement, parameters)) {
    if (typeof value === 'number') sqlite.capi.sqlite3_bind_double(statement, index, value)
    else statement.bind(index, toBindable(value))
  }
}

/** Returns the index and value of each parameter. */
function listParameters(
  statement: PreparedStatement,
  parameters: readonly unknown[],
): readonly (readonly [number, unknown])[] {
  const [first] = parameters
  if (typeof first !== 'object' || first === null || first instanceof Uint8Array) {
    return parameters.map((value, position) => [position + 1, value] as const)
  }
  // The statements of sessions name their parameters `:name`.
  return Object.entries(first).map(
    ([name, value]) => [statement.getParamIndex(`:${name}`) ?? 0, value] as const,
  )
}

function toBindable(value: unknown) {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'bigint' || value instanceof Uint8Array) return value
  throw new Error('The parameter cannot be bound by position.')
}
