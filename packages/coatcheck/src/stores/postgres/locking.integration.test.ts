import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import type { SessionRecord } from '../../domain/session.ts'
import { day } from '../../domain/time.ts'
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
  // Through an index rows would come by id anyway; as they lie, they come the other way round.
  const options = '-c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off'
  pool = new pg.Pool({ connectionString: database.url, options })
  await migratePostgresSessions(pool)
  store = createPostgresSessionStore(pool)
})

beforeEach(() => pool.query('TRUNCATE sessions'))

afterAll(async () => {
  await pool.end()
  await database.drop()
})

/** Sessions of one user, whose ids run against the order in which they lie in the table. */
async function insertInReverse(): Promise<readonly SessionRecord[]> {
  const records = Array.from({ length: 9 }, (_, index) =>
    aSessionRecord({ id: toSessionId(`session-${9 - index}`), userId: 'one and the same' }),
  )
  await insertAll(store, records)
  return records
}

/** Holds a session's row, as a transaction of another process would, while `work` runs. */
async function whileLocked(id: string, work: () => Promise<void>): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [id])
    await work()
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

async function expectLockWait(): Promise<void> {
  await vi.waitFor(async () => {
    const { rows } = await pool.query('SELECT FROM pg_locks WHERE NOT granted')
    expect(rows).toHaveLength(1)
  })
}

describe('an operation on several sessions', () => {
  const operations: Record<string, (records: readonly SessionRecord[]) => Promise<unknown>> = {
    touch: (records) =>
      store.touch(
        records.map(({ id }) => ({ id, at: anInstant + 1 })),
        0,
      ),
    endByUser: () => store.endByUser('one and the same', anEnding(), null),
    insert: () =>
      store.insert(
        plainInsertion(aSessionRecord({ userId: 'one and the same' }), {
          cap: { limit: 1, whenFull: 'evict-oldest' },
        }),
      ),
    'insert, on a client where another user was': () =>
      store.insert(
        plainInsertion(aSessionRecord({ userId: 'one and the same' }), {
          replaces: toSessionId('session-of-another'),
          cap: { limit: 1, whenFull: 'evict-oldest' },
        }),
      ),
  }

  it.each(Object.entries(operations))(
    'locks them by id, so that no two wait for each other: %s',
    async (_name, operate) => {
      const records = await insertInReverse()
      await insertAll(store, [aSessionRecord({ id: toSessionId('session-of-another') })])
      const done = { operation: Promise.resolve<unknown>(null) }

      await whileLocked('session-1', async () => {
        done.operation = operate(records)
        await expectLockWait()
        // It waits for the first and has none of the others.
        const { rows } = await pool.query(
          `SELECT id FROM sessions WHERE id > 'session-1' FOR UPDATE NOWAIT`,
        )
        expect(rows).toHaveLength(9)
      })
      await done.operation
    },
  )
})

describe('clean-up', () => {
  it('ends the others while one is held, and that one the next time', async () => {
    await insertInReverse()
    const sweep = { at: anInstant + 2 * day, idleGrace: 0, limit: 100, cursor: null }

    await whileLocked('session-5', async () => {
      expect((await store.endExpired(sweep)).ended).toHaveLength(8)
    })

    expect((await store.endExpired(sweep)).ended).toMatchObject([{ id: 'session-5' }])
  })

  it('removes the others while one is held, and that one the next time', async () => {
    await insertInReverse()
    await store.endByUser('one and the same', anEnding(), null)

    await whileLocked('session-5', async () => {
      expect(await store.purge(anEnding().at + 1, 100)).toBe(8)
    })

    expect(await store.purge(anEnding().at + 1, 100)).toBe(1)
  })
})
