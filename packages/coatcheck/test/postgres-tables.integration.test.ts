import {
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
  type TableOptions,
} from 'coatcheck/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { anInstant, aSessionRecord } from '../src/testing/builders.ts'
import { anEnding, plainInsertion } from '../src/testing/fixtures.ts'
import {
  createRestrictedRole,
  type RestrictedRole,
  withoutSearchPath,
} from './support/restricted-role.ts'

let database: TestDatabase
let role: RestrictedRole
let opened = 0

beforeAll(async () => {
  database = await openTestDatabase()
  role = await createRestrictedRole(database)
})

afterAll(async () => {
  await role.drop()
  await database.drop()
})

describe('two sets of session tables in one PostgreSQL database', () => {
  const sets: readonly TableOptions[] = [
    { schema: 'shared' },
    { schema: 'shared', tablePrefix: 'auth_' },
    { schema: 'other', tablePrefix: 'auth_' },
  ]

  /** One connection serves all sets, so that they share its prepared statements. */
  async function openSets() {
    await database.pool.query(`
      DROP SCHEMA IF EXISTS shared CASCADE; CREATE SCHEMA shared;
      DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other`)
    await Promise.all(sets.map((tables) => migratePostgresSessions(database.pool, tables)))
    const pool = new pg.Pool({ ...withoutSearchPath(database.url), max: 1 })
    return { pool, stores: sets.map((tables) => createPostgresSessionStore(pool, tables)) }
  }

  it('have their own sessions, ends, sweeps and caps', async () => {
    const { pool, stores } = await openSets()
    const record = aSessionRecord({ userId: 'ada' })
    for (const store of stores) await store.insert(plainInsertion(record))
    const [first, ...others] = stores
    await first?.endByUser('ada', anEnding(), null)
    expect(await first?.claimSweep?.({ at: anInstant, interval: 1_000 })).toBe(true)
    for (const store of others) {
      expect(await store.find(record.id)).toEqual(record)
      expect(await store.claimSweep?.({ at: anInstant, interval: 1_000 })).toBe(true)
      await store.touch([{ id: record.id, at: anInstant + 5 }], 0)
      const insertion = plainInsertion(aSessionRecord({ userId: 'ada' }), {
        credentialsCheckedAt: anInstant,
      })
      expect((await store.insert(insertion)).status).toBe('inserted')
    }
    await pool.end()
  })

  it('do not wait for the users of each other', async () => {
    const { pool, stores } = await openSets()
    const [first, second] = stores
    const holder = await database.pool.connect()
    await holder.query('BEGIN')
    const key = `concat('coatcheck:user:', 'shared.sessions'::regclass::oid, ':ada')`
    await holder.query(`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
    const insertion = () => plainInsertion(aSessionRecord({ userId: 'ada' }))
    const outcomes = await Promise.allSettled([
      first?.insert(insertion()),
      second?.insert(insertion()),
    ])
    await holder.query('ROLLBACK')
    holder.release()
    await pool.end()
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'store-unavailable' } },
      { status: 'fulfilled', value: { status: 'inserted' } },
    ])
  })

  it('notify only the channels of their own changes', async () => {
    const { pool, stores } = await openSets()
    const received: string[][] = []
    const subscriptions = sets.map((tables, index) => {
      const log: string[] = []
      received[index] = log
      const channel = createPostgresRevocationChannel({
        ...tables,
        createClient: () => new pg.Client(withoutSearchPath(database.url)),
      })
      return channel.subscribe({
        listener: {
          onChange: (id) => log.push(id),
          onReset: () => log.push('reset'),
          onLatency() {},
          onInterrupted: (failure) => log.push(failure),
        },
        clock: { now: () => performance.now() },
        leaseDuration: 60_000,
      })
    })
    await vi.waitFor(() => expect(received).toEqual(sets.map(() => ['reset'])), { timeout: 20_000 })
    const ids: string[] = []
    for (const store of stores) {
      const record = aSessionRecord()
      ids.push(record.id)
      await store.insert(plainInsertion(record))
      await store.end(record.id, anEnding())
    }
    const expected = ids.map((id) => ['reset', id])
    await vi.waitFor(() => expect(received).toEqual(expected), { timeout: 20_000 })
    for (const subscription of subscriptions) await subscription.close()
    await pool.end()
  })

  it('migrate down without each other', async () => {
    const { pool, stores } = await openSets()
    const record = aSessionRecord()
    for (const store of stores) await store.insert(plainInsertion(record))
    await migratePostgresSessions(database.pool, { ...sets[0], to: 0 })
    expect(await stores[1]?.find(record.id)).toEqual(record)
    expect(await stores[2]?.find(record.id)).toEqual(record)
    await pool.end()
  })
})

describe('a PostgreSQL database of an application', () => {
  beforeAll(() => database.pool.query('CREATE SCHEMA IF NOT EXISTS app'))

  async function namesOf(schema: string): Promise<unknown> {
    const { rows } = await database.pool.query(
      'SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace ORDER BY relname',
      [schema],
    )
    return rows
  }

  it.each([
    ['a table sessions', 'CREATE TABLE app.sessions (id text, data jsonb)', /table app\.sessions/],
    ['a view sessions', 'CREATE VIEW app.sessions AS SELECT 1 AS id', /table app\.sessions/],
    ['a type sessions', `CREATE TYPE app.sessions AS ENUM ('a')`, /type "sessions" already exists/],
    [
      'a table session_migrations',
      'CREATE TABLE app.session_migrations (at date)',
      /table app\.session_migrations/,
    ],
    [
      'a table session_sweeps',
      'CREATE TABLE app.session_sweeps (at date)',
      /table app\.session_sweeps/,
    ],
    [
      'an index sessions_by_user',
      'CREATE TABLE app.logins (id text); CREATE INDEX sessions_by_user ON app.logins (id)',
      /relation "sessions_by_user" already exists/,
    ],
    [
      'a function coatcheck_notify',
      'CREATE FUNCTION app.coatcheck_notify() RETURNS int LANGUAGE sql RETURN 1',
      /function "coatcheck_notify" already exists/,
    ],
  ])('with %s is not changed, and works with a prefix', async (_name, sql, message) => {
    await database.pool.query(`DROP SCHEMA app CASCADE; CREATE SCHEMA app; ${sql}`)
    const before = await namesOf('app')
    await expect(migratePostgresSessions(database.pool, { schema: 'app' })).rejects.toMatchObject({
      code: 'table-in-use',
      message: expect.stringMatching(message),
    })
    await expect(migratePostgresSessions(database.pool, { schema: 'app' })).rejects.toThrow(
      /nothing was changed: set tablePrefix/,
    )
    expect(await namesOf('app')).toEqual(before)
    await migratePostgresSessions(database.pool, { schema: 'app', tablePrefix: 'auth_' })
  })

  it.each<[string, TableOptions, string]>([
    ['the schema of the option', { schema: 'absent' }, ''],
    ['a schema in the search_path', {}, '-c search_path=absent'],
  ])(
    'without %s is not migrated, and an error says to create it',
    async (_name, tables, options) => {
      const pool = new pg.Pool({ connectionString: database.url, options })
      await expect(migratePostgresSessions(pool, tables)).rejects.toMatchObject({
        code: 'not-migrated',
        message: expect.stringMatching(/^Create the schema of the session tables first, or check /),
      })
      await pool.end()
    },
  )

  it('whose users are a view cannot have a reference to it', async () => {
    await database.pool.query(`
      DROP SCHEMA app CASCADE; CREATE SCHEMA app; CREATE VIEW app.users AS SELECT 'ada' AS id`)
    const userReference = { schema: 'app', table: 'users', column: 'id' }
    await expect(
      migratePostgresSessions(database.pool, { schema: 'app', userReference }),
    ).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('userReference.table must be a table'),
    })
  })

  it('that has lost the table of sessions is not migrated', async () => {
    await database.pool.query('DROP SCHEMA app CASCADE; CREATE SCHEMA app')
    await migratePostgresSessions(database.pool, { schema: 'app' })
    await database.pool.query('DROP TABLE app.sessions')
    await expect(migratePostgresSessions(database.pool, { schema: 'app' })).rejects.toMatchObject({
      code: 'not-migrated',
      message: expect.stringContaining('there is no table app.sessions'),
    })
  })
})

describe('a role without CREATE', () => {
  async function openAsRole(prepare: (tables: Required<TableOptions>) => Promise<void>) {
    opened += 1
    const tables = { schema: `role_${opened}`, tablePrefix: 'a_' }
    await database.pool.query(`CREATE SCHEMA ${tables.schema}`)
    await database.pool.query(`GRANT USAGE ON SCHEMA ${tables.schema} TO ${role.name}`)
    await database.pool.query(`CREATE TABLE ${tables.schema}.users (id uuid PRIMARY KEY)`)
    await prepare(tables)
    const pool = new pg.Pool(role.settings)
    const userReference = { schema: tables.schema, table: 'users', column: 'id' }
    return { pool, tables: { ...tables, userReference } }
  }

  it('migrates nothing if the tables have the newest version and the reference', async () => {
    const { pool, tables } = await openAsRole(async (named) => {
      const userReference = { schema: named.schema, table: 'users', column: 'id' }
      await migratePostgresSessions(database.pool, { ...named, userReference })
      await role.grant(named)
    })
    await migratePostgresSessions(pool, tables)
    await pool.end()
  })

  it.each([
    ['there are no tables', async () => {}],
    [
      'a step is missing',
      async (tables: Required<TableOptions>) => {
        await migratePostgresSessions(database.pool, tables)
        await role.grant(tables)
        await migratePostgresSessions(database.pool, { ...tables, to: 4 })
      },
    ],
    [
      'the reference is missing',
      async (tables: Required<TableOptions>) => {
        await migratePostgresSessions(database.pool, tables)
        await role.grant(tables)
      },
    ],
  ])('is refused with what it lacks if %s', async (_name, prepare) => {
    const { pool, tables } = await openAsRole(prepare)
    await expect(migratePostgresSessions(pool, tables)).rejects.toMatchObject({
      code: 'missing-privilege',
      message: expect.stringMatching(/needs CREATE on their schema, the ownership.*REFERENCES/),
    })
    await pool.end()
  })
})
