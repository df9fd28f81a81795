import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import Database from 'better-sqlite3'
import { createSqliteSessionStore, migrateSqliteSessions } from 'coatcheck/sqlite'
import { describeSessionStoreContract, type OpenedSessionStore } from 'coatcheck/testing'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { it } from 'vitest'

async function open(): Promise<OpenedSessionStore> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const connect = () => {
    const database = new Database(join(folder, 'sessions.db'))
    database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000')
    return database
  }
  const one = connect()
  migrateSqliteSessions(one)
  const other = connect()
  return {
    store: createSqliteSessionStore(one),
    second: createSqliteSessionStore(other),
    async [Symbol.asyncDispose]() {
      one.close()
      other.close()
      rmSync(folder, { recursive: true })
    },
  }
}

describeSessionStoreContract('sqlite (better-sqlite3)', open)

it('agrees with the model of a session store, races included', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 100 })
})
