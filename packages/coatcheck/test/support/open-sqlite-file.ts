import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSqliteSessionStore,
  migrateSqliteSessions,
  type SqliteDatabase,
} from 'coatcheck/sqlite'
import type { OpenedSessionStore } from 'coatcheck/testing'

/** Two stores on one file, as two processes have it, through whichever driver `connect` opens. */
export async function openSqliteFile(
  connect: (file: string) => SqliteDatabase & { close(): unknown },
): Promise<OpenedSessionStore> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const connectOnce = () => {
    const database = connect(join(folder, 'sessions.db'))
    database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000')
    return database
  }
  const one = connectOnce()
  migrateSqliteSessions(one)
  const other = connectOnce()
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
