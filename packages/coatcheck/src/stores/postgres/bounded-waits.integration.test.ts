import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDatabaseProxy } from '../../../../../tools/testing/database-proxy.ts'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import type { SessionRecord } from '../../domain/session.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aPendingSignInRecord, aSessionRecord } from '../../testing/builders.ts'
import { anEnding, aRotation, insertAll, plainInsertion } from '../../testing/fixtures.ts'
import type { PostgresPool, PostgresQuery } from './driver.ts'
import { migratePostgresSessions } from './migrate.ts'
import { createPostgresSessionStore } from './session-store.ts'

const unavailable = { name: 'SessionError', code: 'store-unavailable' }

/** Fewer than the requests of the tests: a user that occupies them all stops all others. */
const poolSize = 3

let database: TestDatabase
let pool: pg.Pool
let store: SessionStore
/** Another process, or its connection that died without closing. */
let holder: pg.Client

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: poolSize })
  await migratePostgresSessions(pool)
  store = createPostgresSessionStore(pool)
})

beforeEach(async () => {
  holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  await holder.query('BEGIN')
})

afterEach(() => holder.end())

afterAll(async () => {
  await pool.end()
  await database.drop()
})

function lockUser(userId: string): Promise<unknown> {
  const key = `concat('coatcheck:user:', 'sessions'::regclass::oid, ':', $1::text)`
  const text = `SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`
  return holder.query(text, [userId])
}

function lockSession({ id }: SessionRecord): Promise<unknown> {
  return holder.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [id])
}

async function countWaiting(): Promise<number> {
  const { rows } = await database.pool.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return rows.length
}

async function expectOneWaiting(): Promise<void> {
  await vi.waitFor(async () => expect(await countWaiting()).toBe(1), 10_000)
}

/** Operations of two other users, which must complete while one user is locked. */
async function expectOthersServed(): Promise<void> {
  const [one, other] = [aSessionRecord(), aSessionRecord()]
  await insertAll(store, [one, other])
  expect(await store.find(one.id)).toEqual(one)
  expect(await store.replaceSecret(one.id, aRotation(one))).toBe(true)
  expect(await store.endByUser(other.userId, anEnding(), null)).toHaveLength(1)
}

async function expectAllUnavailable(operations: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(operations)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable })
  }
}

describe('a user whose lock is held forever', () => {
  it('gets store-unavailable, occupies one connection, and delays no other user', async () => {
    await lockUser('user-1')
    const signIns = Array.from({ length: 20 }, () =>
      store.insert(plainInsertion(aSessionRecord({ userId: 'user-1' }))),
    )
    const endings = Array.from({ length: 20 }, () => store.endByUser('user-1', anEnding(), null))
    const refused = expectAllUnavailable([...signIns, ...endings])

    await expectOneWaiting()
    await expectOthersServed()
    expect(await countWaiting()).toBeLessThan(2)

    await refused
    expect(await countWaiting()).toBe(0)
    await holder.query('ROLLBACK')
    expect(await store.endByUser('user-1', anEnding(), null)).toEqual([])
    const record = aSessionRecord({ userId: 'user-1' })
    expect(await store.insert(plainInsertion(record))).toMatchObject({ status: 'inserted' })
  })

  it('does not keep waiting after the connection of a waiting process has died', async () => {
    await lockUser('user-2')
    await using proxy = await startDatabaseProxy(database.url)
    const dying = new pg.Pool({ connectionString: proxy.url, query_timeout: 300 })
    dying.on('error', () => {})
    dying.on('connect', (client) => client.on('error', () => {}))
    const waiting = createPostgresSessionStore(dying).endByUser('user-2', anEnding(), null)
    const refused = expectAllUnavailable([waiting])
    await expectOneWaiting()
    proxy.silence()
    await refused

    await vi.waitFor(async () => expect(await countWaiting()).toBe(0), 20_000)
    await proxy.restore()
    await dying.end()
  })
})

describe('a pending sign-in that stays locked', () => {
  it('fails its own operations with one connection and delays no user', async () => {
    const record = aPendingSignInRecord()
    await store.addPendingSignIn({ record, replaces: null })
    await holder.query('SELECT FROM session_pending_sign_ins WHERE id = $1 FOR UPDATE', [record.id])
    const count = { limit: 5, at: anInstant }
    const operations = Array.from({ length: 10 }, () => [
      store.countPendingSignInAttempt(record, count),
      store.removePendingSignIn(record),
    ]).flat()
    const refused = expectAllUnavailable(operations)

    await expectOneWaiting()
    await expectOthersServed()
    expect(await countWaiting()).toBeLessThan(2)

    await refused
    await holder.query('ROLLBACK')
    expect(await store.findPendingSignIn(record.id)).toEqual(record)
  })
})

describe('a session that stays locked', () => {
  it('fails its own operations with one connection and delays no other session', async () => {
    const record = aSessionRecord()
    await insertAll(store, [record])
    await lockSession(record)
    const operations = Array.from({ length: 10 }, () => [
      store.end(record.id, anEnding()),
      store.replaceSecret(record.id, aRotation(record)),
      store.updateData(record.id, () => '{}'),
    ]).flat()
    const refused = expectAllUnavailable(operations)

    await expectOneWaiting()
    await expectOthersServed()
    expect(await countWaiting()).toBeLessThan(2)

    await refused
    await holder.query('ROLLBACK')
    expect(await store.find(record.id)).toEqual(record)
    expect(await store.end(record.id, anEnding())).not.toBeNull()
  })

  it('is not moved by touch, which moves the other sessions of the batch at once', async () => {
    const records = [aSessionRecord(), aSessionRecord(), aSessionRecord()]
    await insertAll(store, records)
    const [locked] = records.toSorted((one, other) => (one.id < other.id ? -1 : 1))
    if (locked === undefined) throw new Error('Expected a record')
    await lockSession(locked)
    const others = records.filter(({ id }) => id !== locked.id)
    const at = anInstant + 5_000

    const touched = store.touch(
      records.map(({ id }) => ({ id, at })),
      0,
    )
    await expectOneWaiting()
    for (const { id } of others) expect(await store.find(id)).toMatchObject({ lastActivityAt: at })

    expect(await touched).toEqual([locked.id])
  })
})

describe('a process that dies in a transaction', () => {
  it('loses the lock of its user after seconds', async () => {
    await using proxy = await startDatabaseProxy(database.url)
    const dying = new pg.Pool({ connectionString: proxy.url, query_timeout: 300 })
    dying.on('error', () => {})
    const silenced = afterEachStatement(dying, ({ text }) => {
      if (text.includes('pg_advisory_xact_lock')) proxy.silence()
    })
    const refused = createPostgresSessionStore(silenced).endByUser('user-3', anEnding(), null)
    await expectAllUnavailable([refused])

    await vi.waitFor(
      async () => expect(await store.endByUser('user-3', anEnding(), null)).toEqual([]),
      30_000,
    )
    await proxy.restore()
    await dying.end()
  })
})

describe('the bounds of transactions', () => {
  const bounds = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout']

  async function readBounds(client: Pick<pg.Client, 'query'>): Promise<readonly unknown[]> {
    const { rows } = await client.query(
      'SELECT array_agg(current_setting(name)) AS values FROM unnest($1::text[]) AS name',
      [bounds],
    )
    return rows[0]?.values
  }

  it('are set by the migration for locks and pauses, but not for its statements', async () => {
    const seen: unknown[] = []
    const observed = afterEachStatement(pool, async ({ text }, client) => {
      if (text.includes('pg_advisory_xact_lock')) seen.push(await readBounds(client))
    })
    await migratePostgresSessions(pool, { to: 4 })
    await migratePostgresSessions(observed)
    expect(seen).toEqual([['1min', '0', '10s']])
  })

  it('are those of the app if it has set any, and end with the transaction', async () => {
    const options = '-c lock_timeout=700ms -c idle_in_transaction_session_timeout=900ms'
    const own = new pg.Pool({ connectionString: database.url, max: 1, options })
    const seen: unknown[] = []
    const observed = afterEachStatement(own, async ({ text }, client) => {
      if (text.includes('pg_advisory_xact_lock')) seen.push(await readBounds(client))
    })
    await createPostgresSessionStore(observed).endByUser('user-4', anEnding(), null)
    expect([...seen, await readBounds(own)]).toEqual([
      ['700ms', '5s', '900ms'],
      ['700ms', '0', '900ms'],
    ])
    await own.end()
  })
})

/** Calls `listener` with each statement of a transaction and its connection, before the next statement. */
function afterEachStatement(
  observed: pg.Pool,
  listener: (query: PostgresQuery, client: pg.PoolClient) => unknown,
): PostgresPool {
  return {
    query: (query) => observed.query({ ...query }),
    async connect() {
      const client = await observed.connect()
      return {
        async query(query) {
          const result = await client.query({ ...query })
          await listener(query, client)
          return result
        },
        on: (event, callback) => client.on(event, callback),
        removeListener: (event, callback) => client.removeListener(event, callback),
        release: (error) => client.release(error),
      }
    },
  }
}
