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
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { beginInCallback } from './support/begin-in-callback.ts'
import { grantsOf, type WithGrants } from './support/grants-of.ts'
import { deleteAll } from './support/open-postgres-schema.ts'
import { createReuse, type Reusable } from './support/reuse.ts'
import { withGrantUsers, withUsers } from './support/with-users.ts'

let database: TestDatabase
let opened = 0

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(async () => {
  await Promise.all([stores.close(), channels.close()])
  await database.drop()
})

/** All types but text and the one of object ids, with which postgres.js reads the types of arrays. */
const replacedTypes = [16, 17, 20, 21, 23, 114, 700, 701, 1082, 1114, 1184, 1186, 1700, 3802]

/** The app's client renames columns and replaces types and nulls, which must not affect the store. */
function connect(schema: string) {
  const replace = () => 'replaced'
  const types = Object.fromEntries(
    replacedTypes.map((type) => [
      `type${type}`,
      { to: type, from: [type], serialize: replace, parse: replace },
    ]),
  )
  const withoutNull = (value: unknown) => value ?? undefined
  return postgres(database.url, {
    max: 10,
    connection: { search_path: schema },
    transform: { ...postgres.camel, value: { from: withoutNull } },
    types,
    onnotice: () => {},
  })
}

async function openStore(): Promise<OpenedSessionStore & Reusable> {
  opened += 1
  const schema = `case_${opened}`
  await database.pool.query(`CREATE SCHEMA ${schema}`)
  const [one, other] = [connect(schema), connect(schema)]
  await migratePostgresSessions(one)
  return {
    store: createPostgresSessionStore(one),
    second: createPostgresSessionStore(other),
    begin: () => beginInCallback((callback) => one.begin(callback)),
    empty: async () => one.unsafe(deleteAll()),
    async [Symbol.asyncDispose]() {
      await Promise.all([one.end(), other.end()])
    },
  }
}

async function openChannel(): Promise<OpenedRevocationChannel & Reusable & WithGrants> {
  opened += 1
  const schema = `case_${opened}`
  await database.pool.query(
    `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.users (id text PRIMARY KEY)`,
  )
  const sql = connect(schema)
  await migratePostgresSessions(sql, { userReference: { table: 'users', column: 'id' } })
  const addUser = async (id: string) =>
    await sql`INSERT INTO users VALUES (${id}) ON CONFLICT DO NOTHING`
  return {
    store: withUsers(createPostgresSessionStore(sql), addUser),
    grants: { store: withGrantUsers(createPostgresGrantStore(sql), addUser) },
    channel: createPostgresRevocationChannel({ createClient: () => sql }),
    async removeUser(id) {
      await sql`DELETE FROM users WHERE id = ${id}`
    },
    empty: async () => sql.unsafe(deleteAll(undefined, 'users')),
    [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }),
  }
}

const stores = createReuse(openStore)
const channels = createReuse(openChannel)

describeSessionStoreContract('PostgreSQL store with postgres.js', stores.open)
describeRevocationChannelContract('PostgreSQL channel with postgres.js', channels.open)
describeGrantStoreContract('PostgreSQL store with postgres.js', grantsOf(channels.open))

it('reports lost connections of postgres.js, and all changes after them as possible', async () => {
  await using opened = await openChannel()
  const listener = {
    onChange: vi.fn(),
    onReset: vi.fn(),
    onLatency: vi.fn(),
    onInterrupted: vi.fn(),
  }
  const clock = { now: () => performance.now() }
  const subscription = opened.channel.subscribe({ listener, clock, leaseDuration: 60_000 })
  const waitUntilFresh = (since: number) =>
    vi.waitFor(() => {
      subscription.requestHeartbeat()
      expect(subscription.freshAsOf()).toBeGreaterThan(since)
    }, 30_000)
  await waitUntilFresh(0)
  expect(listener.onReset).toHaveBeenCalledTimes(1)

  const terminated = performance.now()
  await database.pool.query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query ILIKE 'listen%'`)
  await vi.waitFor(() => expect(listener.onInterrupted).toHaveBeenCalled(), 30_000)
  await waitUntilFresh(terminated)
  expect(listener.onReset).toHaveBeenCalledTimes(2)
  await subscription.close()
})
