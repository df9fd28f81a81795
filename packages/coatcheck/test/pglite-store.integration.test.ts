import { PGlite } from '@electric-sql/pglite'
import { createPostgresSessionStore, migratePostgresSessions } from 'coatcheck/postgres'
import { describeSessionStoreContract, type OpenedSessionStore } from 'coatcheck/testing-contracts'
import { afterAll } from 'vitest'

/** One for all cases: starting the server takes seconds. */
const database = new PGlite()

afterAll(() => database.close())

async function open(): Promise<OpenedSessionStore> {
  await migratePostgresSessions(database, { to: 0 })
  await migratePostgresSessions(database)
  const [store, second] = [
    createPostgresSessionStore(database),
    createPostgresSessionStore(database),
  ]
  return { store, second, async [Symbol.asyncDispose]() {} }
}

describeSessionStoreContract('PostgreSQL store with PGlite', open)
