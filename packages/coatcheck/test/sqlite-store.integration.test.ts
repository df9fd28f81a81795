import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createSqliteSessionStore, migrateSqliteSessions } from 'coatcheck/sqlite'
import { describeSessionStoreContract } from 'coatcheck/testing'

describeSessionStoreContract('sqlite (node:sqlite)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const open = () => {
    const database = new DatabaseSync(join(folder, 'sessions.db'))
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
