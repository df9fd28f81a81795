import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import { aSessionRecord } from '../../testing/builders.ts'
import { anEnding, plainInsertion } from '../../testing/fixtures.ts'
import type { PostgresPool, PostgresQuery } from './driver.ts'
import { migratePostgresSessions } from './migrate.ts'
import { createPostgresSessionStore } from './session-store.ts'

let database: TestDatabase
let pool: pg.Pool

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
})

beforeEach(() => pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'))

afterAll(async () => {
  await pool.end()
  await database.drop()
})

async function tables(): Promise<unknown> {
  const { rows } = await pool.query(
    `SELECT array_agg(relname::text ORDER BY relname) AS names FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')`,
  )
  return rows[0].names
}

const everything = [
  'session_grants',
  'session_grants_by_client',
  'session_grants_by_user',
  'session_grants_ended',
  'session_grants_not_ended',
  'session_grants_pkey',
  'session_migrations',
  'session_migrations_pkey',
  'session_pending_by_expiry',
  'session_pending_by_user',
  'session_pending_sign_ins',
  'session_pending_sign_ins_pkey',
  'session_sweeps',
  'session_sweeps_pkey',
  'session_user_endings',
  'session_user_endings_pkey',
  'sessions',
  'sessions_by_user',
  'sessions_ended',
  'sessions_not_ended',
  'sessions_pkey',
  'sessions_replacing',
]

/** Returns the pool with `work` before a statement of its transaction, unless that has the lock already. */
function interrupt(statement: number, work: () => Promise<void>): PostgresPool {
  let run = 0
  let isLocked = false
  return {
    query: (query) => pool.query(query),
    async connect() {
      const client = await pool.connect()
      const query = client.query.bind(client)
      return Object.assign(Object.create(client), {
        async query(sent: PostgresQuery) {
          if (run === statement && !isLocked) await work()
          run += 1
          isLocked ||= sent.text.includes('pg_advisory_xact_lock')
          return query(sent)
        },
        release: (error?: Error) => client.release(error),
      })
    },
  }
}

describe('migratePostgresSessions', () => {
  it('migrates up, and down without leaving tables or indexes', async () => {
    await migratePostgresSessions(pool)
    expect(await tables()).toEqual(everything)

    await migratePostgresSessions(pool, { to: 0 })
    expect(await tables()).toEqual(['session_migrations', 'session_migrations_pkey'])

    await migratePostgresSessions(pool)
    expect(await tables()).toEqual(everything)
  })

  it('leaves no function behind when it migrates down', async () => {
    await migratePostgresSessions(pool)
    await migratePostgresSessions(pool, { to: 1 })

    const { rows } = await pool.query(
      `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
    )
    expect(rows).toEqual([])
  })

  it('notifies of changes of every column but those of activity and replaced sessions', async () => {
    await migratePostgresSessions(pool)
    const { rows } = await pool.query(`
      SELECT attname FROM pg_attribute JOIN pg_trigger ON tgrelid = attrelid
      WHERE tgname = 'coatcheck_changed' AND attnum > 0 AND NOT attnum = ANY (tgattr)
      ORDER BY attname`)
    expect(rows).toEqual([{ attname: 'last_activity_at' }, { attname: 'replaces' }])
  })

  it('keeps the sessions of an older version', async () => {
    await migratePostgresSessions(pool)
    const store = createPostgresSessionStore(pool)
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    await migratePostgresSessions(pool, { to: 1 })

    await migratePostgresSessions(pool)

    expect(await store.find(record.id)).toEqual(record)
  })

  it('keeps the sessions when it runs again', async () => {
    await migratePostgresSessions(pool)
    const store = createPostgresSessionStore(pool)
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))

    await migratePostgresSessions(pool)

    expect(await store.find(record.id)).toEqual(record)
  })

  it('applies each step once when many processes migrate concurrently', async () => {
    const pools = Array.from({ length: 8 }, () => new pg.Pool({ connectionString: database.url }))
    await Promise.all(pools.map((each) => migratePostgresSessions(each)))
    await Promise.all(pools.map((each) => each.end()))

    expect(await tables()).toEqual(everything)
    const { rows } = await pool.query('SELECT version, name FROM session_migrations')
    expect(rows).toEqual([
      { version: 1, name: 'sessions' },
      { version: 2, name: 'change-notifications' },
      { version: 3, name: 'sweep-claims' },
      { version: 4, name: 'replaced-sessions' },
      { version: 5, name: 'change-channel-per-table' },
      { version: 6, name: 'authentication-methods' },
      { version: 7, name: 'pending-sign-ins' },
      { version: 8, name: 'grants' },
    ])
  })

  it('succeeds if another process migrates between any two of its statements', async () => {
    for (let statement = 0; statement < 10; statement += 1) {
      await migratePostgresSessions(pool, { to: 0 })
      await pool.query('DROP TABLE IF EXISTS session_migrations')
      await migratePostgresSessions(interrupt(statement, () => migratePostgresSessions(pool)))
      expect(await tables()).toEqual(everything)
    }
  })

  it('gives up if a transaction uses the table, behind which all other statements would wait', async () => {
    await migratePostgresSessions(pool)
    await pool.query('CREATE TABLE users (id text PRIMARY KEY)')
    const client = await pool.connect()
    await client.query('BEGIN; SELECT FROM sessions')
    const userReference = { table: 'users', column: 'id' }
    await expect(migratePostgresSessions(pool, { userReference })).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('keep transactions short'),
    })
    await client.query('ROLLBACK')
    client.release()
    await migratePostgresSessions(pool, { userReference })
  })

  it('rejects a database that a newer version has migrated', async () => {
    await migratePostgresSessions(pool)
    await pool.query(`INSERT INTO session_migrations VALUES (99, 'newer')`)

    for (const options of [{}, { to: 0 }]) {
      await expect(migratePostgresSessions(pool, options)).rejects.toMatchObject({
        code: 'schema-too-new',
      })
    }
    expect(await tables()).toEqual(everything)
  })

  it('applies all steps or none', async () => {
    await pool.query('CREATE TABLE session_user_endings (unrelated text)')

    await expect(migratePostgresSessions(pool)).rejects.toMatchObject({ code: 'table-in-use' })
    expect(await tables()).toEqual(['session_user_endings'])
  })

  it.each([{ to: -1 }, { to: 0.5 }, { to: 99 }, { to: Number.NaN }])(
    'rejects the options %o',
    async (options) => {
      await expect(migratePostgresSessions(pool, options)).rejects.toMatchObject({
        code: 'invalid-option',
      })
      expect(await tables()).toBeNull()
    },
  )

  it.each(['', 'a"b', 'users; --', 'a.b', 'ä', 'x'.repeat(64)])(
    'rejects the table or column name %j',
    async (name) => {
      for (const userReference of [
        { table: name, column: 'id' },
        { table: 'users', column: name },
      ]) {
        await expect(migratePostgresSessions(pool, { userReference })).rejects.toMatchObject({
          code: 'invalid-option',
        })
      }
    },
  )

  it('stores instants with a time zone', async () => {
    await migratePostgresSessions(pool)
    const { rows } = await pool.query(
      `SELECT DISTINCT data_type FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name LIKE '%\\_at'`,
    )
    expect(rows).toEqual([{ data_type: 'timestamp with time zone' }])
  })
})

describe('userReference', () => {
  async function openWithUser(userId: string) {
    await pool.query('CREATE TABLE users (id text PRIMARY KEY)')
    await pool.query('INSERT INTO users VALUES ($1)', [userId])
    await migratePostgresSessions(pool, { userReference: { table: 'users', column: 'id' } })
    return createPostgresSessionStore(pool)
  }

  it('deletes the sessions and the ending of a deleted user', async () => {
    const record = aSessionRecord()
    const store = await openWithUser(record.userId)
    await store.endByUser(record.userId, anEnding(), null)
    await store.insert(plainInsertion(record))

    await pool.query('DELETE FROM users')

    expect(await store.find(record.id)).toBeNull()
    expect((await pool.query('SELECT * FROM session_user_endings')).rows).toEqual([])
  })

  it('rejects a session of an unknown user', async () => {
    const store = await openWithUser('user-1')
    const record = aSessionRecord()

    await expect(store.insert(plainInsertion(record))).rejects.toMatchObject({
      code: 'unknown-user',
    })
    expect(await store.find(record.id)).toBeNull()
    expect(await store.endByUser(record.userId, anEnding(), null)).toEqual([])
  })
})
