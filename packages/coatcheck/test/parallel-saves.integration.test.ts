import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, it } from 'vitest'
import { openTestDatabase } from '../../../tools/testing/test-database.ts'
import { createSessions, type SessionStore } from '../src/index.ts'
import { createPostgresSessionStore, migratePostgresSessions } from '../src/postgres.ts'
import { createSqliteSessionStore, migrateSqliteSessions } from '../src/sqlite.ts'
import { parallelSaves, sequentialSaves } from './support/save-in-parallel.ts'

const processes = 4
const program = fileURLToPath(new URL('support/save-in-parallel.ts', import.meta.url))

/** Lets several processes change one session, and returns how many keys and writes that made. */
async function saveInProcesses(store: SessionStore, database: string) {
  const sessions = createSessions<Record<string, number>>({ store, data: { initial: {} } })
  const signedIn = await sessions.signIn({ userId: 'ada' })
  if (signedIn.status !== 'signed-in') throw new Error(signedIn.reason)
  const { id } = signedIn.session

  const names = Array.from({ length: processes }, (_, index) => `process-${index}`)
  await Promise.all(
    names.map((name) => promisify(execFile)(process.execPath, [program, database, id, name])),
  )

  const data = await sessions.saveData(id, {})
  const record = await store.find(id)
  return { keys: Object.keys(data ?? {}).length, writes: record?.dataVersion ?? 0 }
}

function expectFewWrites({ keys, writes }: { readonly keys: number; readonly writes: number }) {
  expect(keys).toBe(processes * (parallelSaves + sequentialSaves))
  // Of each process: the first alone, the others in batches of 100, and one for each in sequence.
  expect(writes).toBeLessThanOrEqual(
    processes * (1 + Math.ceil(parallelSaves / 100) + sequentialSaves) + 1,
  )
}

it('parallel saves of four processes lose nothing in a few writes each on SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const file = join(folder, 'sessions.db')
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL')
    migrateSqliteSessions(database)
    expectFewWrites(await saveInProcesses(createSqliteSessionStore(database), file))
  } finally {
    database.close()
    rmSync(folder, { recursive: true })
  }
})

it('parallel saves of four processes lose nothing in a few writes each on PostgreSQL', async () => {
  const database = await openTestDatabase()
  const pool = new pg.Pool({ connectionString: database.url })
  try {
    await migratePostgresSessions(pool)
    expectFewWrites(await saveInProcesses(createPostgresSessionStore(pool), database.url))
  } finally {
    await pool.end()
    await database.drop()
  }
})
