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
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeWithProgram } from '../../../tools/testing/optional-programs.ts'
import { type PgBouncer, pgBouncer, startPgBouncer } from '../../../tools/testing/pgbouncer.ts'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { anInstant, aSessionRecord } from '../src/testing/builders.ts'
import { anEnding, insertAll, plainInsertion } from '../src/testing/fixtures.ts'
import { grantsOf, type WithGrants } from './support/grants-of.ts'
import { beginWithPg, deleteAll } from './support/open-postgres-schema.ts'
import { createReuse, type Reusable } from './support/reuse.ts'
import { withGrantUsers, withUsers } from './support/with-users.ts'

describeWithProgram(pgBouncer, () => {
  let database: TestDatabase
  let bouncer: PgBouncer
  /** Two processes with many connections, which share the few of PgBouncer. */
  let one: pg.Pool
  let other: pg.Pool

  beforeAll(async () => {
    database = await openTestDatabase()
    bouncer = await startPgBouncer(database.url)
    one = new pg.Pool({ connectionString: bouncer.url, max: 10 })
    other = new pg.Pool({ connectionString: bouncer.url, max: 10 })
  })

  afterAll(async () => {
    await Promise.all([one.end(), other.end()])
    await bouncer[Symbol.asyncDispose]()
    await database.drop()
  })

  /** Without a schema of its own: a `search_path` is the state of a session. */
  const stores = createReuse(async (): Promise<OpenedSessionStore & Reusable> => {
    await migratePostgresSessions(one)
    return {
      store: createPostgresSessionStore(one),
      second: createPostgresSessionStore(other),
      begin: () => beginWithPg(one),
      empty: () => one.query(deleteAll()),
      async [Symbol.asyncDispose]() {},
    }
  })
  const { open } = stores

  const channels = createReuse(
    async (): Promise<OpenedRevocationChannel & Reusable & WithGrants> => {
      await one.query('CREATE TABLE users (id text PRIMARY KEY)')
      const tables = { tablePrefix: 'of_users_' }
      const userReference = { table: 'users', column: 'id' }
      await migratePostgresSessions(one, { ...tables, userReference })
      const addUser = (id: string) =>
        one.query('INSERT INTO users VALUES ($1) ON CONFLICT DO NOTHING', [id])
      const createClient = () => new pg.Client({ connectionString: database.url })
      return {
        store: withUsers(createPostgresSessionStore(one, tables), addUser),
        grants: {
          store: withGrantUsers(createPostgresGrantStore(one, tables), addUser),
          second: withGrantUsers(createPostgresGrantStore(other, tables), addUser),
        },
        channel: createPostgresRevocationChannel({ ...tables, createClient }),
        async removeUser(id) {
          await one.query('DELETE FROM users WHERE id = $1', [id])
        },
        empty: () => one.query(deleteAll((name) => `of_users_${name}`, 'users')),
        async [Symbol.asyncDispose]() {},
      }
    },
  )

  describeSessionStoreContract('PostgreSQL store through PgBouncer', open)
  describeRevocationChannelContract('direct channel of a store through PgBouncer', channels.open)
  describeGrantStoreContract('PostgreSQL store through PgBouncer', grantsOf(channels.open))

  it('serves the reads of 40 connections of two processes with two server connections', async () => {
    await using opened = await open()
    const records = Array.from({ length: 200 }, () => aSessionRecord())
    await insertAll(opened.store, records)

    // Also in turns, so that each connection meets server connections that another one has prepared.
    const found = await Promise.all(
      records.flatMap(({ id }) => [opened.store.find(id), opened.second?.find(id)]),
    )
    expect(found).toEqual(records.flatMap((record) => [record, record]))
  })

  it('serves postgres.js with its default options', async () => {
    await using opened = await open()
    const sql = postgres(bouncer.url, { max: 10, onnotice: () => {} })
    const store = createPostgresSessionStore(sql)
    const records = Array.from({ length: 100 }, () => aSessionRecord())
    await insertAll(store, records)

    expect(await Promise.all(records.map(({ id }) => store.find(id)))).toEqual(records)
    const endings = records.map(({ id }) => store.end(id, anEnding()))
    expect((await Promise.all(endings)).map((ended) => ended?.id)).toEqual(
      records.map(({ id }) => id),
    )
    // Committed, although PgBouncer loses the name of the COMMIT of postgres.js.
    const found = await Promise.all(records.map(({ id }) => opened.store.find(id)))
    expect(found.filter((record) => record?.endReason !== 'signed-out')).toEqual([])
    await sql.end()
  })

  it('leaves no state on the server connections, which others use next', async () => {
    await using opened = await open()
    const record = aSessionRecord()
    await opened.store.insert(plainInsertion(record))
    await opened.store.touch([{ id: record.id, at: anInstant + 5_000 }], 0)
    await opened.store.endByUser(record.userId, anEnding(), null)

    const queries = Array.from({ length: 20 }, () =>
      one.query(`
        SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement,
          (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
          (SELECT count(*)::int FROM pg_listening_channels()) AS channels`),
    )
    const rows = (await Promise.all(queries)).flatMap((result) => result.rows)
    expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
      new Set([JSON.stringify({ lock: '0', statement: '0', locks: 0, channels: 0 })]),
    )
  })

  it('reports a channel that connects through PgBouncer', async () => {
    await using _opened = await open()
    const onInterrupted = vi.fn()
    const channel = createPostgresRevocationChannel({
      createClient: () => new pg.Client({ connectionString: bouncer.url }),
    })
    const subscription = channel.subscribe({
      listener: { onChange() {}, onReset() {}, onLatency() {}, onInterrupted },
      clock: { now: () => performance.now() },
      leaseDuration: 2_000,
    })
    await vi.waitFor(
      () => expect(onInterrupted).toHaveBeenCalledWith('pooled-connection', null),
      30_000,
    )
    expect(subscription.freshAsOf()).toBe(Number.NEGATIVE_INFINITY)
    await subscription.close()
  })

  it('bounds reads by the statement_timeout of the role', async () => {
    await using opened = await open()
    const role = `reader_${database.name}`
    await database.pool.query(`
      CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'reader';
      ALTER ROLE ${role} SET statement_timeout = '200ms'`)
    const direct = new URL(database.url)
    direct.username = role
    direct.password = 'reader'
    await using own = await startPgBouncer(direct.href)
    const pool = new pg.Pool({ connectionString: own.url })
    const holder = await database.pool.connect()
    await holder.query('BEGIN; LOCK TABLE sessions')

    const read = createPostgresSessionStore(pool).find(aSessionRecord().id)
    await expect(read).rejects.toMatchObject({ cause: { code: '57014' } })

    await holder.query('ROLLBACK')
    holder.release()
    await pool.end()
    expect(await opened.store.find(aSessionRecord().id)).toBeNull()
  })
})
