import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import { inject } from 'vitest'
import { copyTestDatabase } from '../../../tools/testing/database-copies.ts'
import { memoryFolder } from '../../../tools/testing/memory-folder.ts'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { migrateToNewest, openPersistence } from '../src/adapters/persistence/open-persistence.ts'
import type { DatabaseLocation, Persistence } from '../src/adapters/persistence/persistence.ts'

/** A database of one test, with the app's persistence on it. */
export interface TestPersistence extends AsyncDisposable {
  readonly persistence: Persistence
  readonly location: DatabaseLocation
  /** Runs direct SQL, bypassing the app. */
  rows(query: string): Promise<readonly unknown[]>
}

export const databaseKinds = ['sqlite', 'postgres'] as const
export type DatabaseKind = (typeof databaseKinds)[number]

/** Opens persistence without data. Its tables were migrated before, which saves each test the time of it. */
export async function openTestPersistence(kind: DatabaseKind): Promise<TestPersistence> {
  if (kind === 'postgres') return openOnPostgres(await copyTestDatabase(inject('migratedPostgres')))
  const file = newSqliteFile()
  mkdirSync(dirname(file))
  copyFileSync(inject('migratedSqlite'), file)
  return openOnSqlite(file)
}

/** Opens persistence on a database that is migrated here, for tests that change its tables. */
export async function openNewPersistence(kind: DatabaseKind): Promise<TestPersistence> {
  if (kind === 'postgres') {
    const database = await openTestDatabase()
    await migrateToNewest({ kind, url: database.url })
    return openOnPostgres(database)
  }
  const file = newSqliteFile()
  await migrateToNewest({ kind, file })
  return openOnSqlite(file)
}

/** In a folder that does not exist yet, as the default of DATABASE_URL. */
export function newSqliteFile(): string {
  return join(mkdtempSync(join(memoryFolder(), 'mjrwtf-')), 'data', 'mjrwtf.db')
}

async function openOnSqlite(file: string): Promise<TestPersistence> {
  const location = { kind: 'sqlite', file } as const
  const persistence = await openPersistence(location)
  const connection = new SqliteConnection(file)
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
      rmSync(dirname(dirname(file)), { recursive: true })
    },
  }
}

async function openOnPostgres(database: TestDatabase): Promise<TestPersistence> {
  const location = { kind: 'postgres', url: database.url } as const
  const persistence = await openPersistence(location)
  return {
    persistence,
    location,
    rows: async (query) => (await database.pool.query(query)).rows,
    async [Symbol.asyncDispose]() {
      await persistence.close()
      await database.drop()
    },
  }
}
