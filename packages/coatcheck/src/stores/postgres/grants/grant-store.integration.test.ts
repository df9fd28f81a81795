import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  openTestDatabase,
  type TestDatabase,
} from '../../../../../../tools/testing/test-database.ts'
import type { GrantStore } from '../../../ports/grant-store.ts'
import { aGrantRecord, anInstant } from '../../../testing/builders.ts'
import {
  aGrantEnding,
  aGrantRotation,
  expectGrants,
  grantInsertion,
  insertGrants,
  liveGrants,
} from '../../../testing/grant-store/fixtures.ts'
import { sweepGrants } from '../../../testing/grant-store/sweep-grants.ts'
import { migratePostgresSessions } from '../migrate.ts'
import { createPostgresRevocationChannel } from '../revocation-channel.ts'
import { createPostgresGrantStore } from './grant-store.ts'

const unavailable = { name: 'SessionError', code: 'store-unavailable' }

let database: TestDatabase
let pool: pg.Pool
let store: GrantStore

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 3 })
  pool.on('error', () => {})
  await migratePostgresSessions(pool)
  store = createPostgresGrantStore(pool)
})

beforeEach(() => pool.query('TRUNCATE session_grants, session_user_endings'))

afterAll(async () => {
  await pool.end()
  await database.drop()
})

describe('damaged rows', () => {
  it.each([
    `end_reason = 'x'`,
    `ended_at = now(), end_reason = ''`,
    `family_hash = '\\x00'`,
    `rotation_salt = '\\x00'`,
    'rotated_at = now()',
    `created_at = '-infinity'`,
    `previous_access_scopes = ''`,
    `access_scopes = 'a a'`,
    `scopes = 'a  b'`,
  ])('rejects with corrupt-record, and lists the other grants, if %s', async (damage) => {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    await pool.query(`UPDATE session_grants SET ${damage}`)
    const valid = aGrantRecord({ userId: record.userId })
    await insertGrants(store, [valid])

    await expect(store.find(record.id)).rejects.toMatchObject({ code: 'corrupt-record' })
    expect(await store.listByUser(record.userId, anInstant)).toEqual([valid])
    await store.end(record.id, aGrantEnding())
  })
})

describe('a grant that another transaction keeps locked', () => {
  it('fails its own operations within a bounded time, and delays no other', async () => {
    const [locked, other] = [aGrantRecord(), aGrantRecord()]
    await insertGrants(store, [locked, other])
    const holder = await database.pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM session_grants WHERE id = $1 FOR UPDATE', [locked.id])

    // More than the connections of the pool: operations on one grant wait for their turn.
    const waiting = Array.from({ length: 10 }, () => [
      store.rotate(locked.id, aGrantRotation(locked)),
      store.end(locked.id, aGrantEnding()),
    ]).flat()
    const refused = Promise.allSettled([
      ...waiting,
      store.endByClient(locked.clientId, aGrantEnding(), 5),
    ])
    expect(await store.rotate(other.id, aGrantRotation(other))).toBe(true)
    expect(await sweepGrants(store, { at: locked.expiresAt + 1 })).toMatchObject([{ id: other.id }])
    for (const outcome of await refused) expect(outcome).toMatchObject({ reason: unavailable })

    await holder.query('ROLLBACK')
    holder.release()
    await expectGrants(store, [locked])
  })
})

describe('arguments', () => {
  it.each([0, -1, 0.5, Number.NaN])('rejects %s as a limit', async (limit) => {
    const refused = { code: 'invalid-argument' }
    const inserting = store.insert(grantInsertion(aGrantRecord(), { limit }))
    await expect(inserting).rejects.toMatchObject(refused)
    await expect(store.purge(anInstant, limit)).rejects.toMatchObject(refused)
    await expect(store.endByClient('cli', aGrantEnding(), limit)).rejects.toMatchObject(refused)
    const sweeping = store.endExpired({ at: anInstant, limit, cursor: null })
    await expect(sweeping).rejects.toMatchObject(refused)
  })

  it('rejects a database without the table of grants, and says what to do', async () => {
    const missing = createPostgresGrantStore(pool, { tablePrefix: 'missing_' })
    await expect(missing.find(aGrantRecord().id)).rejects.toMatchObject({
      code: 'not-migrated',
      message: expect.stringContaining('migratePostgresSessions'),
    })
  })
})

/** Tables in a schema of their own, with a table of users. */
async function openSchema(schema: string, type: string) {
  await pool.query(`
    DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.users (id ${type} PRIMARY KEY)`)
  const settings = { connectionString: database.url, options: `-c search_path=${schema}` }
  const own = new pg.Pool({ ...settings, max: 2 })
  await migratePostgresSessions(own, { userReference: { table: 'users', column: 'id' } })
  return { own, settings, grants: createPostgresGrantStore(own) }
}

describe('users of grants', () => {
  it.each([
    {
      type: 'uuid',
      id: '0b2a6f9e-93a4-4a44-9f64-0d2f1c5e7ab1',
      spelling: '0B2A6F9E-93A4-4A44-9F64-0D2F1C5E7AB1',
      unknown: '1b2a6f9e-93a4-4a44-9f64-0d2f1c5e7ab1',
    },
    { type: 'bigint', id: '9007199254740993', spelling: '+9007199254740993', unknown: '8' },
  ])('have the type $type and one spelling', async ({ type, id, spelling, unknown }) => {
    const { own, grants } = await openSchema(`typed_${type}`, type)
    await own.query(`INSERT INTO users VALUES ('${id}')`)
    const record = aGrantRecord({ userId: spelling })
    await grants.insert(grantInsertion(record, { limit: 1 }))

    expect(await grants.find(record.id)).toEqual({ ...record, userId: id })
    expect(await liveGrants(grants, spelling)).toEqual([record.id])
    const next = aGrantRecord({ userId: id, clientId: record.clientId })
    const outcome = await grants.insert(grantInsertion(next, { limit: 1 }))
    expect(outcome).toMatchObject({ ended: [{ id: record.id, userId: id }] })
    const ended = await grants.endByUser(spelling, aGrantEnding())
    expect(ended).toMatchObject([{ id: next.id, userId: id }])
    const wrong = grantInsertion(aGrantRecord({ userId: 'ada' }))
    await expect(grants.insert(wrong)).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(await grants.endByUser('ada', aGrantEnding())).toEqual([])
    const missing = grantInsertion(aGrantRecord({ userId: unknown }))
    await expect(grants.insert(missing)).rejects.toMatchObject({ code: 'unknown-user' })
    expect(await grants.endByUser(unknown, aGrantEnding())).toEqual([])
    await own.end()
  })

  it('keep their grants when the reference is added later, the others lose them', async () => {
    const schema = 'later'
    await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`)
    const options = `-c search_path=${schema}`
    const own = new pg.Pool({ connectionString: database.url, options, max: 2 })
    await migratePostgresSessions(own)
    const [known, unknown] = [aGrantRecord({ userId: '7' }), aGrantRecord({ userId: 'ada' })]
    await insertGrants(createPostgresGrantStore(own), [known, unknown])
    await own.query('CREATE TABLE users (id bigint PRIMARY KEY); INSERT INTO users VALUES (7)')
    await migratePostgresSessions(own, { userReference: { table: 'users', column: 'id' } })

    const after = createPostgresGrantStore(own)
    await expectGrants(after, [known])
    expect(await after.find(unknown.id)).toBeNull()
    await own.end()
  })
})

describe('the channel', () => {
  it('reports direct SQL, TRUNCATE and deleted users, whatever the search_path', async () => {
    const { own, settings, grants } = await openSchema('notified', 'text')
    await own.query(`INSERT INTO users VALUES ('ada')`)
    const record = aGrantRecord({ userId: 'ada' })
    await insertGrants(grants, [record])
    const received: string[] = []
    const clock = { now: () => performance.now() }
    const channel = createPostgresRevocationChannel({ createClient: () => new pg.Client(settings) })
    const subscription = channel.subscribe({
      clock,
      leaseDuration: 60_000,
      listener: {
        onChange: (id) => received.push(id),
        onReset: () => received.push('reset'),
        onLatency() {},
        onInterrupted() {},
      },
    })
    await vi.waitFor(() => expect(received).toEqual(['reset']), 30_000)

    for (const [sql, expected] of [
      [`UPDATE notified.session_grants SET ended_at = now(), end_reason = 'x'`, record.id],
      ['UPDATE notified.session_grants SET ended_at = NULL, end_reason = NULL', record.id],
      ['DELETE FROM notified.users', record.id],
      ['TRUNCATE notified.session_grants', 'reset'],
    ] as const) {
      received.length = 0
      // The search_path of this pool has no such tables.
      await pool.query(sql)
      await vi.waitFor(() => expect([sql, ...received]).toEqual([sql, expected]), 30_000)
    }
    await subscription.close()
    await own.end()
  })

  it.each(['coatcheck_grant_changed', 'coatcheck_grant_deleted', 'coatcheck_grants_truncated'])(
    'is never fresh without the trigger %s',
    async (trigger) => {
      const { own, settings } = await openSchema('untrusted', 'text')
      await own.query(`DROP TRIGGER ${trigger} ON session_grants`)
      const onInterrupted = vi.fn()
      const channel = createPostgresRevocationChannel({
        createClient: () => new pg.Client(settings),
      })
      const subscription = channel.subscribe({
        clock: { now: () => performance.now() },
        leaseDuration: 2_000,
        listener: { onChange() {}, onReset() {}, onLatency() {}, onInterrupted },
      })
      await vi.waitFor(
        () => expect(onInterrupted).toHaveBeenCalledWith('not-migrated', null),
        30_000,
      )
      expect(subscription.freshAsOf()).toBe(Number.NEGATIVE_INFINITY)
      await subscription.close()
      await own.end()
    },
  )
})

it('refreshes update no index: every update is heap-only', async () => {
  const records = Array.from({ length: 100 }, () => aGrantRecord())
  await insertGrants(store, records)
  // One connection, because each connection flushes the statistics of its own work.
  const one = new pg.Pool({ connectionString: database.url, max: 1 })
  await one.query('SELECT pg_stat_reset_single_table_counters($1::regclass)', ['session_grants'])
  const refreshing = createPostgresGrantStore(one)
  // Every fourth, so that the page has space for them.
  const refreshed = records.filter((_, index) => index % 4 === 0)
  for (const record of refreshed) await refreshing.rotate(record.id, aGrantRotation(record))

  await one.query('SELECT pg_stat_force_next_flush()')
  const { rows } = await one.query(
    `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot
     FROM pg_stat_user_tables WHERE relname = 'session_grants' AND schemaname = 'public'`,
  )
  await one.end()
  expect(rows).toEqual([{ updates: 25, hot: 25 }])
})

it.each([
  [`SELECT FROM session_grants WHERE user_id = 'u'`, 'session_grants_by_user'],
  [
    `SELECT id FROM session_grants WHERE client_id = 'c' AND ended_at IS NULL ORDER BY id LIMIT 9`,
    'session_grants_by_client',
  ],
  [
    `SELECT id FROM session_grants WHERE ended_at IS NULL AND id > '' ORDER BY id LIMIT 9`,
    'session_grants_not_ended',
  ],
  [
    'SELECT id FROM session_grants WHERE ended_at < now() ORDER BY ended_at LIMIT 9',
    'session_grants_ended',
  ],
])('has an index for %s', async (query, index) => {
  await pool.query(
    `INSERT INTO session_grants (
       id, user_id, client_id, scopes, authenticated_at, created_at, expires_at, last_refreshed_at,
       idle_timeout, family_hash, refresh_hash, access_hash, access_scopes, access_expires_at, ended_at
     )
     SELECT n, n % 5000, n % 5000, '', now(), now(), now(), now(), '1 h', '', '', '', '', now(),
       CASE WHEN n % 10 > 0 THEN now() - n * interval '1 min' END
     FROM generate_series(1, 20000) AS n`,
  )
  await pool.query('ANALYZE session_grants')
  const { rows } = await pool.query(`EXPLAIN ${query}`)
  expect(JSON.stringify(rows)).toContain(index)
})
