import { createSessions } from 'coatcheck'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../../testing/builders.ts'
import { anEnding, insertAll, liveIds, plainInsertion } from '../../testing/fixtures.ts'
import { migratePostgresSessions } from './migrate.ts'
import { createPostgresSessionStore } from './session-store.ts'

let database: TestDatabase
let pool: pg.Pool
let store: SessionStore

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  await pool.query('CREATE TABLE users (id text PRIMARY KEY)')
  await migratePostgresSessions(pool, { userReference: { table: 'users', column: 'id' } })
  store = createPostgresSessionStore(pool)
})

beforeEach(async () => {
  await pool.query('TRUNCATE users CASCADE')
  await pool.query(`INSERT INTO users VALUES ('ada'), ('bob')`)
})

afterAll(async () => {
  await pool.end()
  await database.drop()
})

/** Runs `work` in a transaction of the app, which commits even if an operation has failed. */
async function inTransaction<Result>(
  work: (within: SessionStore, client: pg.PoolClient) => Promise<Result>,
  begin = 'BEGIN',
): Promise<Result> {
  const client = await pool.connect()
  try {
    await client.query(begin)
    return await work(within(client), client)
  } finally {
    await client.query('COMMIT')
    client.release()
  }
}

function within(transaction: object): SessionStore {
  if (store.within === undefined) throw new Error('Expected transactions')
  return store.within(transaction)
}

describe('a transaction of the app', () => {
  it('inserts a user and the first session, or neither', async () => {
    const record = aSessionRecord({ userId: 'eve' })
    await inTransaction(async (sessions, client) => {
      await client.query(`INSERT INTO users VALUES ('eve')`)
      await sessions.insert(plainInsertion(record))
    })
    expect(await store.find(record.id)).toEqual(record)
  })

  it('continues after an operation that fails in the middle, which changes nothing', async () => {
    const replaced = aSessionRecord({ userId: 'ada' })
    await insertAll(store, [replaced])
    const failing = plainInsertion(aSessionRecord({ userId: 'none' }), { replaces: replaced.id })

    await inTransaction(async (sessions, client) => {
      await expect(sessions.insert(failing)).rejects.toMatchObject({ code: 'unknown-user' })
      expect(await sessions.endByUser('none', anEnding(), null)).toEqual([])
      await client.query(`INSERT INTO users VALUES ('eve')`)
    })
    expect(await store.find(replaced.id)).toEqual(replaced)
    expect((await pool.query(`SELECT FROM users WHERE id = 'eve'`)).rows).toHaveLength(1)
  })

  it('continues after a read that fails', async () => {
    const absent = createPostgresSessionStore(pool, { tablePrefix: 'absent_' })
    await inTransaction(async (_sessions, client) => {
      const read = absent.within?.(client).find(aSessionRecord().id)
      await expect(read).rejects.toMatchObject({ code: 'not-migrated' })
      await client.query(`INSERT INTO users VALUES ('eve')`)
    })
    expect((await pool.query(`SELECT FROM users WHERE id = 'eve'`)).rows).toHaveLength(1)
  })

  it('waits for another one that changes the same user, without a deadlock', async () => {
    const change = () =>
      inTransaction(async (sessions) => {
        await sessions.endByUser('ada', anEnding({ at: anInstant }), null)
        await sessions.insert(plainInsertion(aSessionRecord({ userId: 'ada' })))
      })
    await Promise.all(Array.from({ length: 8 }, change))
    expect(await liveIds(store, 'ada')).toHaveLength(1)
  })

  it('gets an error when it deadlocks with another one, which completes', async () => {
    const firstLocks = Promise.withResolvers<void>()
    const secondLocks = Promise.withResolvers<void>()
    const one = inTransaction(async (sessions) => {
      await sessions.endByUser('ada', anEnding(), null)
      firstLocks.resolve()
      await secondLocks.promise
      return sessions.endByUser('bob', anEnding(), null)
    })
    const other = inTransaction(async (sessions) => {
      await firstLocks.promise
      await sessions.endByUser('bob', anEnding(), null)
      secondLocks.resolve()
      return sessions.endByUser('ada', anEnding(), null)
    })
    const outcomes = await Promise.allSettled([one, other])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('keeps its own lock_timeout, and gets back the one that an operation has set', async () => {
    const read = async (client: pg.PoolClient) =>
      (await client.query('SHOW lock_timeout')).rows[0]?.lock_timeout
    await inTransaction(async (sessions, client) => {
      await sessions.endByUser('ada', anEnding(), null)
      expect(await read(client)).toBe('0')
      await client.query(`SET LOCAL lock_timeout = '700ms'`)
      await sessions.endByUser('ada', anEnding(), null)
      expect(await read(client)).toBe('700ms')
    })
  })

  it('saves data and flashes of several requests with the only connection of a pool', async () => {
    const single = new pg.Pool({ connectionString: database.url, max: 1 })
    const sessions = createSessions<{ readonly [key: string]: number }>({
      store: createPostgresSessionStore(single),
      data: { initial: {} },
    })
    const signedIn = await sessions.signIn({ userId: 'ada' })
    if (signedIn.status !== 'signed-in') throw new Error(signedIn.reason)
    const { id } = signedIn.session
    const flash = { kind: 'success', message: 'Saved.' }
    const saveAll = (end: 'COMMIT' | 'ROLLBACK', value: number) =>
      sessions.transaction(async (within) => {
        const client = await single.connect()
        await client.query('BEGIN')
        const operations = within(client)
        const saves = Array.from({ length: 50 }, (_, key) =>
          operations.saveData(id, { [`key${key}`]: value }),
        )
        await Promise.all([...saves, operations.addFlash(id, flash)])
        await client.query(end)
        client.release()
      })

    await saveAll('ROLLBACK', 1)
    expect((await sessions.listForUser('ada'))[0]?.data).toEqual({})
    expect(await sessions.takeFlashes(id)).toEqual([])
    await saveAll('COMMIT', 2)
    const [session] = await sessions.listForUser('ada')
    expect(Object.values(session?.data ?? {})).toEqual(Array(50).fill(2))
    expect(await sessions.takeFlashes(id)).toEqual([flash])
    await sessions.close()
    await single.end()
  })

  it('does not hold a connection while saves of many sessions wait for the only one', async () => {
    const single = new pg.Pool({ connectionString: database.url, max: 1 })
    const records = Array.from({ length: 50 }, () => aSessionRecord({ userId: 'ada' }))
    await insertAll(store, records)
    const saving = createPostgresSessionStore(single)
    const saves = records.map(({ id }) => saving.updateData(id, ({ data }) => `${data} `))
    expect(new Set(await Promise.all(saves))).toEqual(new Set([true]))
    await single.end()
  })

  it.each(['REPEATABLE READ', 'SERIALIZABLE'])('is rejected with isolation %s', async (level) => {
    await inTransaction(async (sessions) => {
      const refused = {
        code: 'invalid-argument',
        message: expect.stringContaining('READ COMMITTED'),
      }
      await expect(sessions.endByUser('ada', anEnding(), null)).rejects.toMatchObject(refused)
    }, `BEGIN ISOLATION LEVEL ${level}`)
  })

  it.each([
    ['the pool', () => pool],
    ['a number in an object', () => ({ connection: 7 })],
  ])('is rejected if it is %s', async (_name, transaction) => {
    const operation = async () => within(transaction()).endByUser('ada', anEnding(), null)
    await expect(operation()).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
