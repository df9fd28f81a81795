import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import pg from 'pg'
import { openTestDatabase } from '../../../tools/testing/test-database.ts'
import { openPersistence } from '../src/adapters/persistence/open-persistence.ts'
import type { DatabaseLocation, Persistence } from '../src/adapters/persistence/persistence.ts'

/** An empty database of one test, with the app's persistence on it. */
export interface TestPersistence extends AsyncDisposable {
  readonly persistence: Persistence
  readonly location: DatabaseLocation
  /** Runs direct SQL, bypassing the app. */
  rows(query: string): Promise<readonly unknown[]>
}

export const databaseKinds = ['sqlite', 'postgres'] as const
export type DatabaseKind = (typeof databaseKinds)[number]

export function openTestPersistence(kind: DatabaseKind): Promise<TestPersistence> {
  return kind === 'sqlite' ? openOnSqlite() : openOnPostgres()
}

async function openOnSqlite(): Promise<TestPersistence> {
  const directory = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  const location = { kind: 'sqlite', file: join(directory, 'data', 'mjrwtf.db') } as const
  const persistence = await openPersistence(location)
  const connection = new SqliteConnection(location.file)
  return {
    persistence,
    location,
    rows: async (query) => {
      const statement = connection.prepare(query)
      if (statement.reader) return statement.all()
      statement.run()
      return []
    },
    async [Symbol.asyncDispose]() {
      connection.close()
      await persistence.close()
      rmSync(directory, { recursive: true })
    },
  }
}

async function openOnPostgres(): Promise<TestPersistence> {
  const database = await openTestDatabase()
  const location = { kind: 'postgres', url: database.url } as const
  const persistence = await openPersistence(location)
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  return {
    persistence,
    location,
    rows: async (query) => (await pool.query(query)).rows,
    async [Symbol.asyncDispose]() {
      await pool.end()
      await persistence.close()
      await database.drop()
    },
  }
}
