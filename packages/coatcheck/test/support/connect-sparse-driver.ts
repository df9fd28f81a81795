import { DatabaseSync } from 'node:sqlite'
import type { SqliteDatabase } from 'coatcheck/sqlite'

/**
 * Opens a file with a driver that combines what others lack: `get` returns `null` for no row, as in
 * `bun:sqlite`; no property says whether a transaction is open, as in Node before 22.16; an error of `exec`
 * has no number, as in Deno.
 */
export function connectSparseDriver(file: string): SqliteDatabase & { close(): void } {
  const database = new DatabaseSync(file)
  return {
    exec: (sql) => withoutNumber(() => database.exec(sql)),
    prepare(sql) {
      const statement = database.prepare(sql)
      return {
        run: (parameters) => statement.run(parameters),
        all: (parameters) => statement.all(parameters),
        get: (parameters) => statement.get(parameters) ?? null,
      }
    },
    close: () => database.close(),
  }
}

function withoutNumber(work: () => void): void {
  try {
    work()
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error))
  }
}
