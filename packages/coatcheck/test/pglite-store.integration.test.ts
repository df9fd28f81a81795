import { PGlite } from '@electric-sql/pglite'
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

async function openChannel(): Promise<OpenedRevocationChannel> {
  await migratePostgresSessions(database, { to: 0 })
  await database.exec('DROP TABLE IF EXISTS users; CREATE TABLE users (id text PRIMARY KEY)')
  await migratePostgresSessions(database, { userReference: { table: 'users', column: 'id' } })
  const store = createPostgresSessionStore(database)
  return {
    store: {
      ...store,
      async insert(insertion) {
        const { userId } = insertion.record
        await database.query('INSERT INTO users VALUES ($1) ON CONFLICT DO NOTHING', [userId])
        return store.insert(insertion)
      },
    },
    channel: createPostgresRevocationChannel({ createClient: () => database }),
    async removeUser(id) {
      await database.query('DELETE FROM users WHERE id = $1', [id])
    },
    async [Symbol.asyncDispose]() {},
  }
}

describeSessionStoreContract('PostgreSQL store with PGlite', open)
describeRevocationChannelContract('PostgreSQL channel with PGlite', openChannel)
