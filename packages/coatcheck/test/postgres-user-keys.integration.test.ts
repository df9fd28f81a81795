import { randomUUID } from 'node:crypto'
import { createSessions } from 'coatcheck'
import {
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
  type PostgresMigrationOptions,
  type PostgresPool,
} from 'coatcheck/postgres'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { minute } from '../src/domain/time.ts'
import { anInstant, aSessionRecord } from '../src/testing/builders.ts'
import { anEnding, plainInsertion } from '../src/testing/fixtures.ts'
import { addPending } from './support/add-pending.ts'
import { checkUserKeys, keys, uuid } from './support/user-keys.ts'

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

const toUsers: PostgresMigrationOptions = { userReference: { table: 'users', column: 'id' } }
async function createUsers(type: string, ...ids: readonly string[]): Promise<void> {
  await pool.query(`CREATE TABLE users (id ${type} PRIMARY KEY)`)
  for (const id of ids) await pool.query('INSERT INTO users VALUES ($1)', [id])
}

async function userIdTypes(): Promise<unknown> {
  const { rows } = await pool.query(
    `SELECT table_name, data_type FROM information_schema.columns
     WHERE column_name = 'user_id' ORDER BY table_name`,
  )
  return rows.map((row) => row.data_type)
}

describe.each(keys)('user ids of the type $type', ({ type, id, spellings, other, wrong }) => {
  async function open() {
    await createUsers(type, id, other)
    await migratePostgresSessions(pool, toUsers)
    const store = createPostgresSessionStore(pool)
    const sessions = createSessions({
      store,
      data: { initial: {} },
      maxSessionsPerUser: 2,
    })
    const signIn = async (userId: string) => {
      const outcome = await sessions.signIn({ userId })
      if (outcome.status !== 'signed-in') throw new Error(outcome.reason)
      return outcome.session
    }
    return { store, sessions, signIn }
  }

  it('are returned as the database prints them, whatever their spelling', async () => {
    const { store, sessions, signIn } = await open()
    for (const spelling of [id, ...spellings]) {
      const session = await signIn(spelling)
      expect(session.userId).toBe(id)
      expect((await store.find(session.id))?.userId).toBe(id)
      expect(await sessions.listForUser(spelling)).toContainEqual(
        expect.objectContaining({ id: session.id, userId: id }),
      )
    }
    await sessions.close()
  })

  it('have one cap, one owner and one end of all sessions in every spelling', async () => {
    const { sessions, signIn } = await open()
    for (const spelling of [id, ...spellings, id, ...spellings]) {
      const session = await signIn(spelling)
      expect((await sessions.listForUser(id)).length).toBeLessThanOrEqual(2)
      expect(await sessions.revoke(other, session.id, { reason: 'ended-by-user' })).toBeNull()
      const ending = { reason: 'ended-by-user' } as const
      expect(await sessions.revoke(spelling, session.id, ending)).toMatchObject({ userId: id })
      const again = await signIn(id)
      const ended = await sessions.revokeAllForUser(spelling, ending)
      expect(ended.map((each) => each.id)).toContain(again.id)
    }
    await sessions.close()
  })

  it('that are not of the type are refused at sign-in and have no sessions', async () => {
    const { store, sessions } = await open()
    for (const userId of wrong) {
      await expect(sessions.signIn({ userId })).rejects.toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(/is not a (uuid|bigint|integer)/),
      })
      expect(await sessions.listForUser(userId)).toEqual([])
      expect(await sessions.revokeAllForUser(userId, { reason: 'ended-by-user' })).toEqual([])
      await expect(store.insert(plainInsertion(aSessionRecord({ userId })))).rejects.toMatchObject({
        code: 'invalid-argument',
      })
    }
    await sessions.close()
  })

  it('complete and end pending sign-ins in every spelling', async () => {
    const { store } = await open()
    for (const spelling of [id, ...spellings]) {
      const completes = await addPending(store, spelling)
      const record = aSessionRecord({ userId: spelling })
      const insertion = plainInsertion(record, { completes })
      expect(await store.insert(insertion)).toMatchObject({ status: 'inserted' })
      const { id: pendingId } = await addPending(store, spelling)
      expect((await store.findPendingSignIn(pendingId))?.userId).toBe(id)
      expect(await store.endPendingSignIns(other, anInstant)).toBe(0)
      expect(await store.endPendingSignIns(spelling, anInstant - minute)).toBe(1)
    }
  })

  it('of deleted users have no sessions', async () => {
    const { store, signIn } = await open()
    const session = await signIn(id)
    const pending = await addPending(store, id)
    await pool.query('DELETE FROM users')
    expect(await store.find(session.id)).toBeNull()
    expect(await store.findPendingSignIn(pending.id)).toBeNull()
    expect(await store.endPendingSignIns(id, anInstant)).toBe(0)
    await expect(addPending(store, id)).rejects.toMatchObject({ code: 'unknown-user' })
    await expect(
      store.insert(plainInsertion(aSessionRecord({ userId: id }))),
    ).rejects.toMatchObject({ code: 'unknown-user' })
  })

  it('get the reference later, and keep the sessions of users that exist', async () => {
    await createUsers(type, id)
    await migratePostgresSessions(pool)
    const store = createPostgresSessionStore(pool)
    const kept = aSessionRecord({ userId: id })
    // Until then, user ids are text.
    const spelling = spellings.at(-1) ?? id
    await store.insert(plainInsertion({ ...kept, userId: spelling }))
    await store.endByUser(spelling, anEnding({ at: anInstant - minute }), kept.id)
    const keptPending = await addPending(store, spelling)
    for (const userId of [other, 'nobody', randomUUID()]) {
      await store.insert(plainInsertion(aSessionRecord({ userId })))
      await store.endByUser(userId, anEnding({ at: anInstant - minute }), null)
      await addPending(store, userId)
    }
    const indexes = await pool.query('SELECT indexname FROM pg_indexes ORDER BY 1')

    await migratePostgresSessions(pool, toUsers)
    await migratePostgresSessions(pool, toUsers)
    await migratePostgresSessions(pool)

    expect(await store.find(kept.id)).toEqual(kept)
    expect((await pool.query('SELECT id FROM sessions')).rows).toHaveLength(1)
    expect((await pool.query('SELECT FROM session_user_endings')).rows).toHaveLength(1)
    expect((await pool.query('SELECT FROM session_pending_sign_ins')).rows).toHaveLength(1)
    expect((await store.findPendingSignIn(keptPending.id))?.userId).toBe(id)
    const after = await pool.query('SELECT indexname FROM pg_indexes ORDER BY 1')
    expect(after.rows).toEqual(indexes.rows)
    const reopened = createPostgresSessionStore(pool)
    expect(await reopened.listByUser(id, anInstant)).toEqual([kept])
    await pool.query('DELETE FROM users')
    expect(await store.find(kept.id)).toBeNull()
  })

  it('are found by index', async () => {
    const { store } = await open()
    await store.insert(plainInsertion(aSessionRecord({ userId: id })))
    const client = await pool.connect()
    await client.query('SET enable_seqscan = off')
    // Like the store: the parameter has no type of its own.
    await client.query('PREPARE find AS SELECT id FROM sessions WHERE user_id = $1')
    await client.query('PREPARE ending AS SELECT FROM session_user_endings WHERE user_id = $1')
    const { rows } = await client.query(`EXPLAIN EXECUTE find('${id}')`)
    const ending = await client.query(`EXPLAIN EXECUTE ending('${id}')`)
    client.release(true)
    expect(JSON.stringify(rows)).toContain('sessions_by_user')
    expect(JSON.stringify(ending.rows)).toContain('session_user_endings_pkey')
  })
})

describe('userReference', () => {
  it('gives all tables of users the type of the key', async () => {
    await createUsers('uuid')
    await migratePostgresSessions(pool, toUsers)
    expect(await userIdTypes()).toEqual(['uuid', 'uuid', 'uuid', 'uuid'])
  })

  it.each([
    ['another column', { table: 'users', column: 'number' }, /references users\.id/],
    ['another table', { table: 'accounts', column: 'id' }, /references users\.id/],
    ['a table that does not exist', { table: 'missing', column: 'id' }, /there is no missing\.id/],
    ['a column that does not exist', { table: 'users', column: 'key' }, /there is no users\.key/],
    ['another type', { table: 'users', column: 'id', type: 'text' } as const, /has the type uuid/],
  ])('rejects %s than the existing reference', async (_name, userReference, message) => {
    await pool.query(`
      CREATE TABLE users (id uuid PRIMARY KEY, number integer UNIQUE);
      CREATE TABLE accounts (id uuid PRIMARY KEY)`)
    await migratePostgresSessions(pool, toUsers)
    await expect(migratePostgresSessions(pool, { userReference })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(message),
    })
  })

  it.each([
    ['a type that user ids cannot have', 'id timestamptz PRIMARY KEY', /has the type timestamp/],
    ['a column that is not unique', 'id integer', /must be the primary key/],
    [
      'a collation for which different texts are equal',
      'id text COLLATE folding PRIMARY KEY',
      /deterministic collation/,
    ],
  ])('rejects %s, and creates nothing', async (_name, column, message) => {
    await pool.query(`
      CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE users (${column})`)
    await expect(migratePostgresSessions(pool, toUsers)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(message),
    })
    const { rows } = await pool.query(`SELECT to_regclass('sessions') AS name`)
    expect(rows).toEqual([{ name: null }])
  })

  it('rejects a foreign key without ON DELETE CASCADE', async () => {
    await createUsers('text')
    await migratePostgresSessions(pool)
    await pool.query('ALTER TABLE sessions ADD FOREIGN KEY (user_id) REFERENCES users')
    await expect(migratePostgresSessions(pool, toUsers)).rejects.toThrow(
      /without ON DELETE CASCADE/,
    )
  })

  it('rejects a later reference to users of whom none has a session', async () => {
    await createUsers('uuid', uuid)
    await migratePostgresSessions(pool)
    const store = createPostgresSessionStore(pool)
    const record = aSessionRecord({ userId: 'ada' })
    await store.insert(plainInsertion(record))
    await expect(migratePostgresSessions(pool, toUsers)).rejects.toThrow(/probably another column/)
    expect(await store.find(record.id)).toEqual(record)
  })

  it('finds users in another schema than the session tables', async () => {
    await pool.query(`
      DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app;
      DROP SCHEMA IF EXISTS auth CASCADE; CREATE SCHEMA auth;
      CREATE TABLE app.users (id bigint PRIMARY KEY); INSERT INTO app.users VALUES (7)`)
    const userReference = { schema: 'app', table: 'users', column: 'id' }
    await migratePostgresSessions(pool, { schema: 'auth', userReference })
    const store = createPostgresSessionStore(pool, { schema: 'auth' })
    await store.insert(plainInsertion(aSessionRecord({ userId: '7' })))
    expect(await store.listByUser('7', anInstant)).toHaveLength(1)
    await pool.query('DELETE FROM app.users')
    expect(await store.listByUser('7', anInstant)).toEqual([])
  })
})

/** Returns the pool, and collects the plans of the statements that look up users. */
function explaining(plans: string[]): PostgresPool {
  return {
    query: (query) => pool.query(query),
    async connect() {
      const client = await pool.connect()
      return {
        async query(query) {
          if (query.text.includes('EXISTS (') && query.text.includes('users."id"')) {
            const { rows } = await client.query(`EXPLAIN ${query.text}`)
            plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
          }
          return client.query(query)
        },
        on: (event, listener) => client.on(event, listener),
        removeListener: (event, listener) => client.removeListener(event, listener),
        release: (error) => client.release(error),
      }
    },
  }
}

describe('userReference that is added later', () => {
  it('looks up the users of all sessions at once, while it locks the tables', async () => {
    await createUsers('uuid', uuid)
    await migratePostgresSessions(pool)
    await createPostgresSessionStore(pool).insert(plainInsertion(aSessionRecord({ userId: uuid })))
    const plans: string[] = []
    await migratePostgresSessions(explaining(plans), toUsers)
    expect(plans.length).toBeGreaterThanOrEqual(3)
    // A sub-plan reads the table of users for each session.
    for (const plan of plans) expect(plan).not.toContain('SubPlan')
  })

  it('resets open channels, which receive changes afterwards', async () => {
    await createUsers('uuid', uuid)
    await migratePostgresSessions(pool)
    const received: string[] = []
    const createClient = () => new pg.Client({ connectionString: database.url })
    const subscription = createPostgresRevocationChannel({ createClient }).subscribe({
      listener: {
        onChange: (id) => received.push(id),
        onReset: () => received.push('reset'),
        onLatency() {},
        onInterrupted: (failure) => received.push(failure),
      },
      clock: { now: () => performance.now() },
      leaseDuration: 60_000,
    })
    const until = (expected: readonly string[]) =>
      vi.waitFor(
        () => {
          subscription.requestHeartbeat()
          expect(received).toEqual(expected)
        },
        { timeout: 20_000 },
      )
    await until(['reset'])
    await migratePostgresSessions(pool, toUsers)
    await until(['reset', 'not-migrated', 'reset'])
    const store = createPostgresSessionStore(pool)
    const record = aSessionRecord({ userId: uuid })
    await store.insert(plainInsertion(record))
    await store.end(record.id, anEnding())
    await until(['reset', 'not-migrated', 'reset', record.id])
    await subscription.close()
  })
})

it('user ids with postgres.js are stored, found, capped and ended, whatever their type', async () => {
  const sql = postgres(database.url, { max: 2, onnotice() {} })
  await checkUserKeys(sql, (text) => sql.unsafe(text))
  await sql.end()
})
