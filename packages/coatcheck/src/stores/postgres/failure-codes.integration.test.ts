import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import { aSessionRecord } from '../../testing/builders.ts'
import { plainInsertion } from '../../testing/fixtures.ts'
import { migratePostgresSessions } from './migrate.ts'
import { createPostgresSessionStore } from './session-store.ts'

/** Roles belong to the whole server, so their names are unique. */
const role = `coatcheck_${randomBytes(6).toString('hex')}`
const password = 'the-password-of-the-role'

let database: TestDatabase

beforeAll(async () => {
  database = await openTestDatabase()
  await migratePostgresSessions(database.pool)
  await database.pool.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`)
})

afterAll(async () => {
  await database.pool.query(`DROP ROLE ${role}`)
  await database.drop()
})

const record = aSessionRecord({ data: '{"note":"private"}' })

type Failing = (pool: pg.Pool) => Promise<unknown>

const find: Failing = (pool) => createPostgresSessionStore(pool).find(record.id)
const insert: Failing = (pool) => createPostgresSessionStore(pool).insert(plainInsertion(record))
const listByUser: Failing = (pool) =>
  createPostgresSessionStore(pool).listByUser(record.userId, record.createdAt)

interface Case {
  readonly condition: string
  readonly code: string
  /** What the message must name: the object, and what to do. */
  readonly message: RegExp
  /** Applied before, in a transaction that ends with the case. */
  readonly change?: string
  readonly url?: (url: URL) => void
  readonly options?: pg.PoolConfig
  readonly fail: Failing
}

const asRole = (url: URL) => {
  url.username = role
  url.password = password
}

/** Creates the table again, without its triggers, with another column. */
const recreate = (change: string) => `
  ALTER TABLE sessions RENAME TO moved;
  CREATE TABLE sessions (LIKE moved);
  ALTER TABLE sessions ${change}`

const cases: readonly Case[] = [
  {
    condition: 'the table does not exist',
    code: 'not-migrated',
    message: /"\w*sessions" does not exist .*run migratePostgresSessions\(pool\)/,
    change: 'ALTER TABLE sessions RENAME TO moved',
    fail: find,
  },
  {
    condition: 'the application has a table of the same name',
    code: 'not-migrated',
    message: /column "\w+" does not exist .*set tablePrefix/,
    change: 'ALTER TABLE sessions RENAME TO moved; CREATE TABLE sessions (id text, data text)',
    fail: find,
  },
  {
    condition: 'the schema of a migration does not exist',
    code: 'not-migrated',
    message: /^Create the schema .* check the option schema/,
    options: { options: '-c search_path=missing' },
    fail: (pool) => migratePostgresSessions(pool),
  },
  {
    condition: 'the role may not use the schema',
    code: 'not-migrated',
    message: /does not exist.*grant the role of the pool USAGE/,
    change: 'REVOKE USAGE ON SCHEMA public FROM PUBLIC',
    url: asRole,
    fail: find,
  },
  {
    condition: 'the role may not read the table',
    code: 'missing-privilege',
    message: /permission denied for table sessions.*GRANT/,
    url: asRole,
    fail: find,
  },
  {
    condition: 'the role may only read',
    code: 'missing-privilege',
    message: /permission denied for table \w+.*GRANT/,
    change: `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    url: asRole,
    fail: insert,
  },
  {
    condition: 'the database is read-only',
    code: 'read-only',
    message: /read-only transaction.*primary/,
    options: { options: '-c default_transaction_read_only=on' },
    fail: insert,
  },
  {
    condition: 'the column of user ids has another type',
    code: 'wrong-column-type',
    message: /type numeric.*user_id.*userReference/,
    change: recreate('ALTER COLUMN user_id TYPE numeric USING NULL'),
    fail: listByUser,
  },
  {
    condition: 'another column has another type',
    code: 'wrong-column-type',
    message: /type.*another program has changed/,
    change: recreate('ALTER COLUMN idle_timeout TYPE text'),
    fail: listByUser,
  },
  {
    condition: 'the server is stopped',
    code: 'connection-refused',
    message: /ECONNREFUSED.*check that the server runs/,
    url: (url) => {
      url.port = '1'
    },
    fail: find,
  },
  {
    condition: 'the host is unknown',
    code: 'connection-refused',
    message: /(ENOTFOUND|EAI_AGAIN).*host/,
    url: (url) => {
      url.hostname = 'unknown.invalid'
    },
    fail: find,
  },
  {
    condition: 'the password is wrong',
    code: 'connection-refused',
    message: /password authentication failed.*check the user and the password/,
    url: (url) => {
      url.password = 'a-wrong-secret'
    },
    fail: find,
  },
  {
    condition: 'the database is unknown',
    code: 'connection-refused',
    message: /database "\w+" does not exist .*create the database/,
    url: (url) => {
      url.pathname = '/unknown'
    },
    fail: find,
  },
  {
    condition: 'the role has too many connections',
    code: 'connection-refused',
    message: /too many connections.*max/,
    change: `ALTER ROLE ${role} CONNECTION LIMIT 0`,
    url: asRole,
    fail: find,
  },
  {
    condition: 'all connections of the pool are in use',
    code: 'connection-refused',
    message: /timeout.*all connections of the pool are in use/,
    options: { max: 1, connectionTimeoutMillis: 1 },
    fail: async (pool) => {
      // Opened without a limit of time, so that a slow machine does not fail here.
      pool.options.connectionTimeoutMillis = 0
      const held = await pool.connect()
      pool.options.connectionTimeoutMillis = 1
      return find(pool).finally(() => held.release())
    },
  },
  {
    condition: 'the pool has ended',
    code: 'store-unavailable',
    message: /after calling end.*close the sessions before/,
    fail: async (pool) => {
      const ended = new pg.Pool(pool.options)
      await ended.end()
      return find(ended)
    },
  },
]

/** Applies a change of the database, and what reverts it. */
const reverting = `
  ALTER ROLE ${role} CONNECTION LIMIT -1;
  DROP SCHEMA public CASCADE;
  CREATE SCHEMA public;
  GRANT USAGE ON SCHEMA public TO PUBLIC`

describe('PostgreSQL session store', () => {
  it.each(cases)('fails with $code and says what to do if $condition', async (each) => {
    const url = new URL(database.url)
    each.url?.(url)
    const pool = new pg.Pool({ connectionString: url.href, ...each.options })
    pool.on('error', () => {})
    if (each.change !== undefined) await database.pool.query(each.change)
    const error: unknown = await each.fail(pool).catch((thrown: unknown) => thrown)
    await pool.end()
    if (each.change !== undefined) {
      await database.pool.query(reverting)
      await migratePostgresSessions(database.pool)
    }

    expect(error).toMatchObject({ name: 'SessionError', code: each.code })
    expect(error).toHaveProperty('message', expect.stringMatching(each.message))
    expect(error).toHaveProperty('message', expect.not.stringContaining('\n'))
    const inspected = inspect(error, { depth: 9, showHidden: true })
    for (const secret of [
      password,
      'a-wrong-secret',
      new URL(database.url).password,
      'private',
      record.userId,
      Buffer.from(record.secretHash).toString('hex'),
    ])
      expect(inspected).not.toContain(secret)
  })
})
