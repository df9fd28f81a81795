import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { anInstant, aSessionRecord } from '../../testing/builders.ts'
import { migrateSqliteSessions } from './migrate.ts'
import { createSqliteSessionStore } from './session-store.ts'

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 20000; PRAGMA synchronous = OFF')
  return database
}

/** Signs one user in 100 times under a cap of 3, in a separate process. */
async function signInOften(file: string): Promise<void> {
  const script = `
    import { DatabaseSync } from 'node:sqlite'
    import { createSqliteSessionStore } from ${at('session-store.ts')}
    const database = new DatabaseSync(${JSON.stringify(file)})
    database.exec('PRAGMA busy_timeout = 20000; PRAGMA synchronous = OFF')
    const store = createSqliteSessionStore(database)
    const record = ${JSON.stringify(aSessionRecord({ userId: 'user-1' }))}
    const bytes = new Uint8Array(32)
    const cap = { limit: 3, whenFull: 'evict-oldest' }
    for (let n = 0; n < 100; n++) {
      const own = { ...record, id: record.id + n, secretHash: bytes, csrfSecret: bytes }
      const rest = { replaces: null, completes: null, credentialsCheckedAt: null }
      await store.insert({ record: own, cap, ...rest })
    }`
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
}

function at(file: string): string {
  return JSON.stringify(new URL(file, import.meta.url))
}

it('SQLite session store enforces the cap for concurrent sign-ins from several processes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const file = join(folder, 'sessions.db')
  const database = openDatabase(file)
  try {
    migrateSqliteSessions(database)
    await Promise.all(Array.from({ length: 4 }, () => signInOften(file)))

    const store = createSqliteSessionStore(database)
    expect(await store.listByUser('user-1', anInstant)).toHaveLength(3)
    expect(database.prepare('SELECT count(*) AS n FROM sessions').get()).toEqual({ n: 103 })
  } finally {
    database.close()
    rmSync(folder, { recursive: true })
  }
})
