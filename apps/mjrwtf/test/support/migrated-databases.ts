import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { dropCopies, prepareOriginal } from '../../../../tools/testing/database-copies.ts'
import { createDatabase, emptyDatabase } from '../../../../tools/testing/test-database.ts'
import { migrateToNewest } from '../../src/adapters/persistence/open-persistence.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL database that the app has migrated, to be copied. */
    migratedPostgres: string
    /** The same as a SQLite file. */
    migratedSqlite: string
  }
}

/** Migrates one database of each kind; a test that does not test migrations starts from a copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-migrated-'))
  const file = join(folder, 'mjrwtf.db')
  const { postgresUrl } = project.getProvidedContext()
  const database = await createDatabase(postgresUrl, emptyDatabase)
  for (const location of [
    { kind: 'sqlite', file },
    { kind: 'postgres', url: database.url },
  ] as const) {
    await migrateToNewest(location)
  }
  await prepareOriginal(database.url)
  project.provide('migratedSqlite', file)
  project.provide('migratedPostgres', database.name)
  return async () => {
    await dropCopies(postgresUrl, database.name)
    await database.drop()
    rmSync(folder, { recursive: true })
  }
}
