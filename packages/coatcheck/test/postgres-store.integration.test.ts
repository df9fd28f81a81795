import { createPostgresSessionStore, migratePostgresSessions } from 'coatcheck/postgres'
import { describeSessionStoreContract, type OpenedSessionStore } from 'coatcheck/testing'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import pg from 'pg'
import { afterAll, beforeAll, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'

let database: TestDatabase
let opened = 0

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.drop())

/** A schema for each case: a database for each takes ten times as long to make. */
async function open(): Promise<OpenedSessionStore> {
  opened += 1
  const schema = `case_${opened}`
  const settings = { connectionString: database.url, options: `-c search_path=${schema}` }
  const one = new pg.Pool({ ...settings, max: 10 })
  const other = new pg.Pool({ ...settings, max: 10 })
  await one.query(`CREATE SCHEMA ${schema}`)
  await migratePostgresSessions(one)
  return {
    store: createPostgresSessionStore(one),
    second: createPostgresSessionStore(other),
    async [Symbol.asyncDispose]() {
      await Promise.all([one.end(), other.end()])
    },
  }
}

describeSessionStoreContract('postgres (pg)', open)

it('agrees with the model of a session store, races included', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 15 })
})
