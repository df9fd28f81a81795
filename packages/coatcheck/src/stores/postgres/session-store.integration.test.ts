import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import { minute } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord, toSessionId } from '../../testing/builders.ts'
import { anEnding, insertAll, plainInsertion } from '../../testing/fixtures.ts'
import { migratePostgresSessions } from './migrate.ts'
import { createPostgresSessionStore } from './session-store.ts'

let database: TestDatabase
let pool: pg.Pool
let store: SessionStore

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  await migratePostgresSessions(pool)
  store = createPostgresSessionStore(pool)
})

beforeEach(() => pool.query('TRUNCATE sessions, session_user_endings'))

afterAll(async () => {
  await pool.end()
  await database.drop()
})

describe('sweep claims', () => {
  it('grant each sweep to one of many concurrent processes', async () => {
    const claim = { at: anInstant, interval: minute }
    const claims = Array.from({ length: 20 }, () => store.claimSweep?.(claim))
    expect((await Promise.all(claims)).filter((isGranted) => isGranted === true)).toHaveLength(1)
  })
})

describe('user-wide ending', () => {
  it('ignores and replaces an end of all sessions that was stored by a clock that was ahead', async () => {
    await pool.query(
      `INSERT INTO session_user_endings (user_id, ended_at) VALUES ('ada', now() + interval '2 minutes')`,
    )
    const signIn = (credentialsCheckedAt: number) =>
      store.insert(plainInsertion(aSessionRecord({ userId: 'ada' }), { credentialsCheckedAt }))
    expect((await signIn(anInstant)).status).toBe('inserted')

    await store.endByUser('ada', anEnding({ at: anInstant }), null)
    expect((await signIn(anInstant)).status).toBe('refused')
    expect((await signIn(Date.now() + 60_000)).status).toBe('inserted')
  })
})

describe('activity', () => {
  it('updates no index: every update is heap-only', async () => {
    const records = Array.from({ length: 200 }, () => aSessionRecord())
    await insertAll(store, records)
    // One connection, because each connection flushes the statistics of its own work.
    const one = new pg.Pool({ connectionString: database.url, max: 1 })
    const toucher = createPostgresSessionStore(one)
    await one.query('SELECT pg_stat_reset_single_table_counters($1::regclass)', ['sessions'])

    // Every row of every page at once is the worst case. Only one round: a second one needs pruning,
    // which waits for the oldest transaction of the server, including those of other tests.
    const at = anInstant + 1_000
    await toucher.touch(
      records.map(({ id }) => ({ id, at })),
      0,
    )

    await one.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await one.query(
      `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot
       FROM pg_stat_user_tables WHERE relname = 'sessions'`,
    )
    await one.end()
    expect(rows).toEqual([{ updates: 200, hot: 200 }])
  })
})

describe('damaged rows', () => {
  it.each([
    `end_reason = 'a reason of a newer version'`,
    `secret_hash = '\\x00'`,
    `csrf_secret = ''`,
    `created_at = '-infinity'`,
    `methods = 'pwd'`,
    `methods = 'pwd:1,otp:2'`,
    `methods = 'pwd:1 pwd:2'`,
  ])('rejects with corrupt-record, and lists the other sessions, if %s', async (damage) => {
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    await pool.query(`UPDATE sessions SET ${damage}`)
    const valid = aSessionRecord({ userId: record.userId })
    await store.insert(plainInsertion(valid))

    await expect(store.find(record.id)).rejects.toMatchObject({ code: 'corrupt-record' })
    expect(await store.listByUser(record.userId, anInstant)).toEqual([valid])
    expect(await store.endByUser(record.userId, anEnding(), null)).toHaveLength(2)
  })
})

describe('server settings', () => {
  it('reads the same record under any time zone, date style and type parser', async () => {
    const odd = new pg.Pool({
      connectionString: database.url,
      options:
        '-c TimeZone=Asia/Kathmandu -c DateStyle=German,DMY -c IntervalStyle=postgres_verbose',
      types: {
        getTypeParser: (oid: number) =>
          [20, 1114, 1184, 1186].includes(oid) ? () => 'odd' : pg.types.getTypeParser(oid),
      },
    })
    const record = aSessionRecord({ rotatedAt: anInstant + 1, remembered: true })
    const oddStore = createPostgresSessionStore(odd)
    await oddStore.insert(plainInsertion(record))

    expect(await oddStore.find(record.id)).toEqual(record)
    expect(await store.find(record.id)).toEqual(record)
    await odd.end()
  })

  it('enforces the cap with one connection as with ten', async () => {
    const one = new pg.Pool({ connectionString: database.url, max: 1 })
    const narrow = createPostgresSessionStore(one)
    const cap = { limit: 3, whenFull: 'evict-oldest' } as const
    const record = aSessionRecord()
    await Promise.all(
      Array.from({ length: 20 }, () =>
        narrow.insert(plainInsertion(aSessionRecord({ userId: record.userId }), { cap })),
      ),
    )

    expect(await narrow.listByUser(record.userId, anInstant)).toHaveLength(3)
    await one.end()
  })
})

describe('arguments', () => {
  it('never moves activity back for a negative precision', async () => {
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    await store.touch([{ id: record.id, at: anInstant - 5 }], -10)

    expect(await store.find(record.id)).toEqual(record)
  })

  it('distinguishes ids that PostgreSQL could compare as equal', async () => {
    const record = aSessionRecord({ id: toSessionId('a\ufffd'), userId: 'u\ufffd' })
    await store.insert(plainInsertion(record))

    for (const id of ['a\ud800', 'a\ufffd\0'].map(toSessionId)) {
      expect(await store.find(id)).toBeNull()
      expect(await store.end(id, anEnding())).toBeNull()
      await store.touch([{ id, at: anInstant + 5 }], 0)
      await store.insert(plainInsertion(aSessionRecord(), { replaces: id }))
    }
    expect(await store.endByUser('u\ud800', anEnding(), null)).toEqual([])
    expect(await store.find(record.id)).toEqual(record)
  })

  it.each([0, -1, 0.5, Number.NaN])('rejects %s as a limit', async (limit) => {
    const refused = { code: 'invalid-argument' }

    await expect(store.purge(anInstant, limit)).rejects.toMatchObject(refused)
    await expect(
      store.endExpired({ at: anInstant, idleGrace: 0, limit, cursor: null }),
    ).rejects.toMatchObject(refused)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 8.64e15])(
    'rejects %s as an instant',
    async (at) => {
      await expect(store.listByUser('user-1', at)).rejects.toMatchObject({
        code: 'invalid-argument',
      })
    },
  )
})

it.each([
  [`UPDATE sessions SET data = '' WHERE user_id = 'u' AND ended_at IS NULL`, 'sessions_by_user'],
  [
    `SELECT id FROM sessions WHERE ended_at IS NULL AND id > '' ORDER BY id LIMIT 9`,
    'sessions_not_ended',
  ],
  ['SELECT id FROM sessions WHERE ended_at < now() ORDER BY ended_at LIMIT 9', 'sessions_ended'],
  [`SELECT FROM sessions WHERE replaces = 'a'`, 'sessions_replacing'],
])('has an index for %s', async (query, index) => {
  await pool.query(
    `INSERT INTO sessions (
       id, secret_hash, user_id, created_at, expires_at, last_activity_at, idle_timeout,
       authenticated_at, remembered, csrf_secret, data, data_version, ended_at
     )
     SELECT n, '', n % 5000, now(), now(), now(), '1 h', now(), false, '', '', 0,
       CASE WHEN n % 10 > 0 THEN now() - n * interval '1 min' END
     FROM generate_series(1, 20000) AS n`,
  )
  await pool.query('ANALYZE sessions')
  const { rows } = await pool.query(`EXPLAIN ${query}`)

  expect(JSON.stringify(rows)).toContain(index)
})
