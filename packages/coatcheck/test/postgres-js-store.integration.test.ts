import { createPostgresSessionStore, migratePostgresSessions } from 'coatcheck/postgres'
import { describeSessionStoreContract, type OpenedSessionStore } from 'coatcheck/testing-contracts'
import postgres from 'postgres'
import { afterAll, beforeAll } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { beginInCallback } from './support/begin-in-callback.ts'

let database: TestDatabase
let opened = 0

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.drop())

/** The app's client renames columns and replaces types, which must not affect the store. */
function connect(schema: string) {
  const date = { to: 1184, from: [1184], serialize: () => 'replaced', parse: () => 'replaced' }
  return postgres(database.url, {
    max: 10,
    connection: { search_path: schema },
    transform: postgres.camel,
    types: { date },
    onnotice: () => {},
  })
}

async function open(): Promise<OpenedSessionStore> {
  opened += 1
  const schema = `case_${opened}`
  await database.pool.query(`CREATE SCHEMA ${schema}`)
  const [one, other] = [connect(schema), connect(schema)]
  await migratePostgresSessions(one)
  return {
    store: createPostgresSessionStore(one),
    second: createPostgresSessionStore(other),
    begin: () => beginInCallback((callback) => one.begin(callback)),
    async [Symbol.asyncDispose]() {
      await Promise.all([one.end(), other.end()])
    },
  }
}

describeSessionStoreContract('PostgreSQL store with postgres.js', open)
