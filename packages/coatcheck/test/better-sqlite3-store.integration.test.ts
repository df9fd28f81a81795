import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import Database from 'better-sqlite3'
import { createSqliteSessionStore, migrateSqliteSessions } from 'coatcheck/sqlite'
import { describeSessionStoreContract } from 'coatcheck/testing'

describeSessionStoreContract('sqlite (better-sqlite3)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const open = () => {
    const database = new Database(join(folder, 'sessions.db'))
    database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000')
    return database
  }
  const one = open()
  migrateSqliteSessions(one)
  const other = open()
  return {
    store: createSqliteSessionStore(one),
    second: createSqliteSessionStore(other),
    async [Symbol.asyncDispose]() {
      one.close()
      other.close()
      rmSync(folder, { recursive: true })
    },
  }
})
