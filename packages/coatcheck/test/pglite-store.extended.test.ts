import { PGlite } from '@electric-sql/pglite'
import {
  createPostgresGrantStore,
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import {
  describeGrantStoreContract,
  describeRevocationChannelContract,
  describeSessionStoreContract,
  type OpenedRevocationChannel,
  type OpenedSessionStore,
} from 'coatcheck/testing-contracts'
import { afterAll, describe, expect, it } from 'vitest'
import { anInstant, aSessionRecord } from '../src/testing/builders.ts'
import { anEnding, plainInsertion } from '../src/testing/fixtures.ts'
import { grantsOf, type WithGrants } from './support/grants-of.ts'
import { deleteAll } from './support/open-postgres-schema.ts'
import { createReuse, type Reusable } from './support/reuse.ts'
import { checkUserKeys } from './support/user-keys.ts'
import { withGrantUsers, withUsers } from './support/with-users.ts'

/** One for all cases: starting the server takes seconds. */
const database = new PGlite()

afterAll(() => database.close())

const { open } = createReuse(async (): Promise<OpenedSessionStore & Reusable> => {
  await migratePostgresSessions(database)
  return {
    store: createPostgresSessionStore(database),
    second: createPostgresSessionStore(database),
    empty: () => database.exec(deleteAll()),
    async [Symbol.asyncDispose]() {},
  }
})

const { open: openChannel } = createReuse(
  async (): Promise<OpenedRevocationChannel & Reusable & WithGrants> => {
    await database.exec('CREATE TABLE users (id text PRIMARY KEY)')
    const tables = { tablePrefix: 'of_users_' }
    const userReference = { table: 'users', column: 'id' }
    await migratePostgresSessions(database, { ...tables, userReference })
    const addUser = (id: string) =>
      database.query('INSERT INTO users VALUES ($1) ON CONFLICT DO NOTHING', [id])
    return {
      store: withUsers(createPostgresSessionStore(database, tables), addUser),
      grants: { store: withGrantUsers(createPostgresGrantStore(database, tables), addUser) },
      channel: createPostgresRevocationChannel({ ...tables, createClient: () => database }),
      async removeUser(id) {
        await database.query('DELETE FROM users WHERE id = $1', [id])
      },
      empty: () => database.exec(deleteAll((name) => `of_users_${name}`, 'users')),
      async [Symbol.asyncDispose]() {},
    }
  },
)

describeSessionStoreContract('PostgreSQL store with PGlite', open)
describeRevocationChannelContract('PostgreSQL channel with PGlite', openChannel)
describeGrantStoreContract('PostgreSQL store with PGlite', grantsOf(openChannel))

/** PGlite has one connection: other operations wait until a transaction ends. */
describe('a transaction of PGlite', () => {
  it('commits and rolls back changes of sessions, and continues after one that fails', async () => {
    await using opened = await open()
    const { store } = opened
    const [kept, lost] = [aSessionRecord({ userId: 'ada' }), aSessionRecord({ userId: 'ada' })]
    await database.transaction(async (transaction) => {
      const within = store.within?.(transaction)
      await within?.insert(plainInsertion(kept))
      const failing = within?.insert(plainInsertion(kept))
      await expect(failing).rejects.toMatchObject({ code: 'id-in-use' })
    })
    await database.transaction(async (transaction) => {
      const within = store.within?.(transaction)
      await within?.insert(plainInsertion(lost))
      await within?.endByUser('ada', anEnding(), null)
      await transaction.rollback()
    })
    expect(await store.listByUser('ada', anInstant)).toEqual([kept])
  })
})

it('user ids with PGlite are stored, found, capped and ended, whatever their type', async () => {
  await checkUserKeys(database, (sql) => database.exec(sql))
})
