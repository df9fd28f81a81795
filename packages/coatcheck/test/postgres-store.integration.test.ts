import {
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import {
  describeRevocationChannelContract,
  describeSessionStoreContract,
  type OpenedRevocationChannel,
  type OpenedSessionStore,
} from 'coatcheck/testing-contracts'
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

/** Creates a schema for each case. Creating a database takes ten times as long. */
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

async function openChannel(): Promise<OpenedRevocationChannel> {
  opened += 1
  const schema = `case_${opened}`
  const settings = { connectionString: database.url, options: `-c search_path=${schema}` }
  const pool = new pg.Pool({ ...settings, max: 10 })
  await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE users (id text PRIMARY KEY)`)
  await migratePostgresSessions(pool, { userReference: { table: 'users', column: 'id' } })
  const store = createPostgresSessionStore(pool)
  return {
    store: {
      ...store,
      async insert(insertion) {
        const values = [insertion.record.userId]
        await pool.query('INSERT INTO users VALUES ($1) ON CONFLICT DO NOTHING', values)
        return store.insert(insertion)
      },
    },
    channel: createPostgresRevocationChannel({ createClient: () => new pg.Client(settings) }),
    async removeUser(id) {
      await pool.query('DELETE FROM users WHERE id = $1', [id])
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

describeSessionStoreContract('PostgreSQL store with pg', open)
describeRevocationChannelContract('PostgreSQL channel with pg', openChannel)

it('the PostgreSQL session store matches the model, including concurrent batches', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 15 })
})
