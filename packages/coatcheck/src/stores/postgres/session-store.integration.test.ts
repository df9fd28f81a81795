import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import type { SessionRecord } from '../../domain/session.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord, toSessionId } from '../../testing/builders.ts'
import { anEnding, aRotation, insertAll, plainInsertion } from '../../testing/steps.ts'
import { migratePostgresSessions } from './migrate.ts'
import type { PostgresPool } from './pool.ts'
import { createPostgresSessionStore } from './session-store.ts'

const unavailable = { name: 'SessionError', code: 'store-unavailable' }

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

function everyOperation(on: SessionStore, record: SessionRecord): (() => Promise<unknown>)[] {
  return [
    () => on.insert(plainInsertion(record)),
    () => on.find(record.id),
    () => on.listByUser(record.userId, anInstant),
    () => on.replaceSecret(record.id, aRotation(record)),
    () => on.replaceData(record.id, { from: 0, data: '{}' }),
    () => on.touch([{ id: record.id, at: anInstant }], 0),
    () => on.end(record.id, anEnding()),
    () => on.endByUser(record.userId, anEnding(), null),
    () => on.endExpired({ at: anInstant, idleGrace: 0, limit: 1, cursor: null }),
    () => on.purge(anInstant, 1),
  ]
}

describe('activity', () => {
  it('is written without touching an index: every update is heap-only', async () => {
    const records = Array.from({ length: 200 }, () => aSessionRecord())
    await insertAll(store, records)
    // One connection: the counters below are told by the connection that did the work.
    const one = new pg.Pool({ connectionString: database.url, max: 1 })
    const toucher = createPostgresSessionStore(one)
    await one.query('SELECT pg_stat_reset_single_table_counters($1::regclass)', ['sessions'])

    for (const seconds of [1, 2, 3]) {
      const at = anInstant + seconds * 1_000
      await toucher.touch(
        records.map(({ id }) => ({ id, at })),
        0,
      )
    }

    await one.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await one.query(
      `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot
       FROM pg_stat_user_tables WHERE relname = 'sessions'`,
    )
    await one.end()
    expect(rows).toEqual([{ updates: 600, hot: 600 }])
  })
})

describe('a damaged row', () => {
  it.each([
    `end_reason = 'a reason of a newer version'`,
    `secret_hash = '\\x00'`,
    `csrf_secret = ''`,
    `created_at = '-infinity'`,
  ])('rejects with corrupt-record where %s', async (damage) => {
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    await pool.query(`UPDATE sessions SET ${damage}`)

    const corrupt = { code: 'corrupt-record' }
    await expect(store.find(record.id)).rejects.toMatchObject(corrupt)
    await expect(store.listByUser(record.userId, anInstant)).rejects.toMatchObject(corrupt)
  })
})

describe('a failing server', () => {
  it('rejects every operation with store-unavailable when the pool has ended', async () => {
    const ended = new pg.Pool({ connectionString: database.url })
    await ended.end()

    for (const operation of everyOperation(createPostgresSessionStore(ended), aSessionRecord())) {
      await expect(operation()).rejects.toMatchObject(unavailable)
    }
  })

  it('rejects every operation with store-unavailable when nobody answers', async () => {
    const nobody = new pg.Pool({ connectionString: 'postgres://nobody:secret@127.0.0.1:1/none' })

    for (const operation of everyOperation(createPostgresSessionStore(nobody), aSessionRecord())) {
      await expect(operation()).rejects.toMatchObject(unavailable)
      await expect(operation()).rejects.not.toMatchObject({
        cause: { message: expect.stringContaining('secret') },
      })
    }
    await nobody.end()
  })

  it('survives a connection that breaks between two statements, and closes it', async () => {
    const victim = new pg.Pool({ connectionString: database.url, max: 1 })
    victim.on('error', () => {})
    const record = aSessionRecord()
    const cut = createPostgresSessionStore(cutOffAfter(victim, 'pg_advisory_xact_lock'))

    await expect(cut.insert(plainInsertion(record))).rejects.toMatchObject(unavailable)

    expect(await store.find(record.id)).toBeNull()
    const healed = createPostgresSessionStore(victim)
    expect(await healed.insert(plainInsertion(record))).toMatchObject({ status: 'inserted' })
    await victim.end()
  })

  /** Has the server end the connection, and the client notice, once a statement with `mark` is done. */
  function cutOffAfter(victim: pg.Pool, mark: string): PostgresPool {
    return {
      query: (query) => victim.query({ ...query }),
      async connect() {
        const client = await victim.connect()
        return {
          async query(query) {
            const result = await client.query({ ...query })
            if (query.text.includes(mark)) await cutOff(client)
            return result
          },
          on: (event, listener) => client.on(event, listener),
          removeListener: (event, listener) => client.removeListener(event, listener),
          release: (error) => client.release(error),
        }
      },
    }
  }

  async function cutOff(client: pg.PoolClient): Promise<void> {
    const noticed = vi.fn()
    client.once('end', noticed)
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
    await vi.waitFor(() => expect(noticed).toHaveBeenCalled())
  }

  it('undoes a transaction that failed, and gives its connection back', async () => {
    const one = new pg.Pool({
      connectionString: database.url,
      max: 1,
      connectionTimeoutMillis: 5_000,
    })
    const failing = createPostgresSessionStore(one)
    const [replaced, record] = [aSessionRecord(), aSessionRecord()]
    await failing.insert(plainInsertion(replaced))
    await pool.query(`ALTER TABLE sessions ADD CONSTRAINT refused CHECK (data <> 'refused data')`)

    const refused = { ...record, data: 'refused data' }
    const insertion = plainInsertion(refused, { replaces: replaced.id })
    const error = await failing.insert(insertion).catch((thrown) => thrown)
    await pool.query('ALTER TABLE sessions DROP CONSTRAINT refused')

    expect(error).toMatchObject(unavailable)
    expect(await failing.find(replaced.id)).toEqual(replaced)
    // The server's detail of such an error is the whole row.
    expect(JSON.stringify([error.message, error.cause, error.cause.message])).not.toContain('data"')
    expect(error.cause).not.toHaveProperty('detail')
    await one.end()
  })
})

describe('what belongs to the app', () => {
  it('reads the same under any time zone, date style and way to read types', async () => {
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

  it('holds a cap with one connection as with ten', async () => {
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
  it('never takes one text for another that is written alike', async () => {
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

  it.each([0, -1, 0.5, Number.NaN])('refuses %s as a limit', async (limit) => {
    const refused = { code: 'invalid-argument' }

    await expect(store.purge(anInstant, limit)).rejects.toMatchObject(refused)
    await expect(
      store.endExpired({ at: anInstant, idleGrace: 0, limit, cursor: null }),
    ).rejects.toMatchObject(refused)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 8.64e15])(
    'refuses %s as an instant',
    async (at) => {
      await expect(store.listByUser('somebody', at)).rejects.toMatchObject({
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
