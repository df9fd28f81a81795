import { DatabaseSync } from 'node:sqlite'
import type { SqliteDatabase } from 'coatcheck/sqlite'

/** Opens a file with a driver whose `get` returns `null` for no row, like that of `bun:sqlite`. */
export function connectReturningNull(file: string): SqliteDatabase & { close(): void } {
  const database = new DatabaseSync(file)
  return {
    exec: (sql) => database.exec(sql),
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
