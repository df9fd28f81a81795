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
  // An index scan would return rows by id. A sequential scan returns them in the opposite order.
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

/** Inserts sessions of one user with descending ids. */
async function insertInReverse(): Promise<readonly SessionRecord[]> {
  const records = Array.from({ length: 9 }, (_, index) =>
    aSessionRecord({ id: toSessionId(`session-${9 - index}`), userId: 'user-1' }),
  )
  await insertAll(store, records)
  return records
}

/** Locks a session's row, like a transaction of another process, while `work` runs. */
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
    const { rows } = await pool.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    expect(rows).toHaveLength(1)
  })
}

describe('row locks of operations on several sessions', () => {
  const operations: Record<string, (records: readonly SessionRecord[]) => Promise<unknown>> = {
    touch: (records) =>
      store.touch(
        records.map(({ id }) => ({ id, at: anInstant + 1 })),
        0,
      ),
    endByUser: () => store.endByUser('user-1', anEnding(), null),
    insert: () =>
      store.insert(
        plainInsertion(aSessionRecord({ userId: 'user-1' }), {
          cap: { limit: 1, whenFull: 'evict-oldest' },
        }),
      ),
    'insert, replacing a session of another user': () =>
      store.insert(
        plainInsertion(aSessionRecord({ userId: 'user-1' }), {
          replaces: toSessionId('session-of-another-user'),
          cap: { limit: 1, whenFull: 'evict-oldest' },
        }),
      ),
  }

  it.each(Object.entries(operations))(
    'locks sessions in id order, so that concurrent operations cannot deadlock: %s',
    async (_name, operate) => {
      const records = await insertInReverse()
      await insertAll(store, [aSessionRecord({ id: toSessionId('session-of-another-user') })])
      const done = { operation: Promise.resolve<unknown>(null) }

      await whileLocked('session-1', async () => {
        done.operation = operate(records)
        await expectLockWait()
        // It waits for the first row and has locked no other one.
        const { rows } = await pool.query(
          `SELECT id FROM sessions WHERE id > 'session-1' FOR UPDATE NOWAIT`,
        )
        expect(rows).toHaveLength(9)
      })
      await done.operation
    },
  )
})

describe('sweep and purge with a locked session', () => {
  it('endExpired skips a locked session and ends it in the next run', async () => {
    await insertInReverse()
    const sweep = { at: anInstant + 2 * day, idleGrace: 0, limit: 100, cursor: null }

    await whileLocked('session-5', async () => {
      expect((await store.endExpired(sweep)).ended).toHaveLength(8)
    })

    expect((await store.endExpired(sweep)).ended).toMatchObject([{ id: 'session-5' }])
  })

  it('purge skips a locked session and removes it in the next run', async () => {
    await insertInReverse()
    await store.endByUser('user-1', anEnding(), null)

    await whileLocked('session-5', async () => {
      expect(await store.purge(anEnding().at + 1, 100)).toBe(8)
    })

    expect(await store.purge(anEnding().at + 1, 100)).toBe(1)
  })
})
