import { DatabaseSync } from 'node:sqlite'
import BetterSqlite3 from 'better-sqlite3'

/** Opens a database as the store's documentation recommends, with the variant's driver. */
export function openSqlite(file: string, variant: string): DatabaseSync | BetterSqlite3.Database {
  const database = variant.includes('better-sqlite3')
    ? new BetterSqlite3(file)
    : new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000')
  return database
}
