import { createPostgresSessionStore, migratePostgresSessions } from 'coatcheck/postgres'
import { describeSessionStoreContract } from 'coatcheck/testing'
import pg from 'pg'
import { openTestDatabase } from '../../../tools/testing/test-database.ts'

describeSessionStoreContract('postgres (pg)', async () => {
  const database = await openTestDatabase()
  const one = new pg.Pool({ connectionString: database.url, max: 10 })
  const other = new pg.Pool({ connectionString: database.url, max: 10 })
  await migratePostgresSessions(one)
  return {
    store: createPostgresSessionStore(one),
    second: createPostgresSessionStore(other),
    async [Symbol.asyncDispose]() {
      await Promise.all([one.end(), other.end()])
      await database.drop()
    },
  }
})
