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
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { beginInCallback } from './support/begin-in-callback.ts'

let database: TestDatabase
let opened = 0

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.drop())

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

async function openChannel(): Promise<OpenedRevocationChannel> {
  opened += 1
  const schema = `case_${opened}`
  await database.pool.query(
    `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.users (id text PRIMARY KEY)`,
  )
  const sql = connect(schema)
  await migratePostgresSessions(sql, { userReference: { table: 'users', column: 'id' } })
  const store = createPostgresSessionStore(sql)
  return {
    store: {
      ...store,
      async insert(insertion) {
        const { userId } = insertion.record
        await sql`INSERT INTO users VALUES (${userId}) ON CONFLICT DO NOTHING`
        return store.insert(insertion)
      },
    },
    channel: createPostgresRevocationChannel({ createClient: () => sql }),
    async removeUser(id) {
      await sql`DELETE FROM users WHERE id = ${id}`
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }),
  }
}

describeSessionStoreContract('PostgreSQL store with postgres.js', open)
describeRevocationChannelContract('PostgreSQL channel with postgres.js', openChannel)

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
