import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type DatabaseProxy,
  startDatabaseProxy,
} from '../../../../../tools/testing/database-proxy.ts'
import { openTestDatabase, type TestDatabase } from '../../../../../tools/testing/test-database.ts'
import type { RevocationListener } from '../../ports/revocation-channel.ts'
import { aSessionRecord } from '../../testing/builders.ts'
import { anEnding, plainInsertion } from '../../testing/steps.ts'
import type { PostgresListenerClient } from './listener-client.ts'
import { migratePostgresSessions } from './migrate.ts'
import { createPostgresRevocationChannel } from './revocation-channel.ts'
import { createPostgresSessionStore } from './session-store.ts'

/** Short, so that what must happen after it need not be waited for long. */
const leaseDuration = 400

let database: TestDatabase
let pool: pg.Pool
let proxy: DatabaseProxy

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  proxy = await startDatabaseProxy(database.url)
})

beforeEach(async () => {
  await proxy.heal()
  await pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  await migratePostgresSessions(pool)
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await pool.end()
  await database.drop()
})

function connectThroughProxy(): PostgresListenerClient {
  return new pg.Client({ connectionString: proxy.url, connectionTimeoutMillis: 1_000 })
}

/**
 * Listens as a lease does: asks for a proof four times in each, and for as long as the test runs.
 */
function listen(createClient: () => PostgresListenerClient = connectThroughProxy) {
  const words: string[] = []
  const listener: RevocationListener = {
    changed: (id) => words.push(id),
    anyChanged: () => words.push('any'),
    delayed() {},
    interrupted: (why) => words.push(why),
  }
  const clock = { now: () => performance.now() }
  const channel = createPostgresRevocationChannel({ createClient })
  const subscription = channel.subscribe({ listener, clock, leaseDuration })
  const timer = setInterval(subscription.prove, leaseDuration / 4)
  const holds = () => clock.now() - subscription.provenAt() < leaseDuration
  return {
    words,
    subscription,
    holds,
    untilHeld: () => vi.waitFor(() => expect(holds()).toBe(true), { timeout: 20_000 }),
    untilLost: () => vi.waitFor(() => expect(holds()).toBe(false), { timeout: 20_000 }),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await subscription.close()
    },
  }
}

describe('the channel of a PostgreSQL store', () => {
  it('proves nothing from the moment that its connection is cut, and starts anew afterwards', async () => {
    await using hearing = listen()
    await hearing.untilHeld()
    expect(hearing.words).toEqual(['any'])

    await proxy.cut()
    await hearing.untilLost()
    expect(hearing.subscription.provenAt()).toBe(Number.NEGATIVE_INFINITY)
    // Several attempts fail meanwhile, and are told of once.
    await setTimeout(leaseDuration)
    expect(hearing.words).toEqual(['any', 'connection-lost'])

    await proxy.heal()
    await hearing.untilHeld()
    expect(hearing.words).toEqual(['any', 'connection-lost', 'any'])
  })

  it('proves nothing any more when the connection falls silent', async () => {
    await using hearing = listen()
    await hearing.untilHeld()
    proxy.silence()
    const silentFrom = performance.now()
    await hearing.untilLost()

    // A proof on its way back when the silence began may count: from when it was asked for.
    expect(hearing.subscription.provenAt()).toBeLessThanOrEqual(silentFrom)
    await vi.waitFor(() => expect(hearing.words).toContain('silent'), { timeout: 20_000 })
    await proxy.heal()
    await hearing.untilHeld()
    expect(hearing.words.at(-1)).toBe('any')
  })

  it('is never held by proofs that come later than the lease lasts', async () => {
    proxy.delay(leaseDuration)
    await using hearing = listen()
    const heldAt: number[] = []
    for (let looks = 0; looks < 100; looks += 1) {
      if (hearing.holds()) heldAt.push(looks)
      await setTimeout(20)
    }
    expect(heldAt).toEqual([])
  })

  it('takes nothing for proved that was asked for before a change it has not told', async () => {
    const store = createPostgresSessionStore(pool)
    await using hearing = listen()
    await hearing.untilHeld()
    proxy.delay(60)
    const late: string[] = []
    for (let times = 0; times < 20; times += 1) {
      const record = aSessionRecord()
      await store.insert(plainInsertion(record))
      await store.end(record.id, anEnding())
      const endedAt = performance.now()
      while (hearing.subscription.provenAt() < endedAt) await setTimeout(1)
      if (!hearing.words.includes(record.id)) late.push(record.id)
    }
    expect(late).toEqual([])
  })

  it('comes back when the server ends its connection, and counts everything as changed', async () => {
    await using hearing = listen()
    await hearing.untilHeld()
    await pool.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_notify%'`)
    await vi.waitFor(() => expect(hearing.words).toEqual(['any', 'connection-lost', 'any']))
    await hearing.untilHeld()
  })

  it('proves nothing while nothing tells of changes, and says why', async () => {
    await migratePostgresSessions(pool, { to: 1 })
    await using hearing = listen()
    await vi.waitFor(() => expect(hearing.words).toEqual(['not-migrated']))

    await migratePostgresSessions(pool)
    await hearing.untilHeld()
    expect(hearing.words).toEqual(['not-migrated', 'any'])
  })

  it('proves nothing while the trigger is switched off', async () => {
    await pool.query('ALTER TABLE sessions DISABLE TRIGGER USER')
    await using hearing = listen()
    await vi.waitFor(() => expect(hearing.words).toEqual(['not-migrated']))
    expect(hearing.holds()).toBe(false)
  })

  it.each([
    ['all were switched off', 'ALTER TABLE sessions DISABLE TRIGGER USER'],
    ['one was switched off', 'ALTER TABLE sessions DISABLE TRIGGER coatcheck_session_removed'],
    [
      'they were switched off and on again',
      'ALTER TABLE sessions DISABLE TRIGGER USER; ALTER TABLE sessions ENABLE TRIGGER USER',
    ],
    ['the table is another', 'ALTER TABLE sessions RENAME TO sessions_of_old'],
    ['the table is gone', 'DROP TABLE sessions'],
  ])('proves nothing from before the triggers were other ones: %s', async (_what, sql) => {
    await using hearing = listen()
    await hearing.untilHeld()
    await pool.query(sql)
    const alteredAt = performance.now()
    await vi.waitFor(() => expect(hearing.words).toContain('not-migrated'), { timeout: 5_000 })
    expect(hearing.words.indexOf('not-migrated')).toBe(1)
    expect(performance.now() - alteredAt).toBeLessThan(5_000)
  })

  it('counts everything as changed after a migration down and up again', async () => {
    await using hearing = listen()
    await hearing.untilHeld()
    await migratePostgresSessions(pool, { to: 0 })
    await migratePostgresSessions(pool)
    await vi.waitFor(() => expect(hearing.words).toEqual(['any', 'not-migrated', 'any']))
  })

  it('gives a connection up to which its own words do not get through', async () => {
    await using hearing = listen(() => {
      const client = connectThroughProxy()
      return new Proxy(client, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name)
          if (name === 'query') {
            return (query: { text: string }) =>
              target.query(query.text.startsWith('LISTEN') ? { text: 'SELECT 1' } : query)
          }
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    })
    await vi.waitFor(() => expect(hearing.words.slice(0, 2)).toEqual(['any', 'silent']))
    expect(hearing.holds()).toBe(false)
  })

  it('does not believe a connection that a pooler may share with others', async () => {
    await using hearing = listen(() => {
      const client = connectThroughProxy()
      // As PgBouncer does it: the process it names is one of its own.
      return new Proxy(client, {
        get: (target, name) => {
          if (name === 'processID') return 7
          const value: unknown = Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    })
    await vi.waitFor(() => expect(hearing.words).toEqual(['pooled-connection']))
    expect(hearing.holds()).toBe(false)
  })

  it('goes on when no client can be made', async () => {
    let fails = true
    await using hearing = listen(() => {
      if (fails) throw new Error('no client')
      return connectThroughProxy()
    })
    expect(hearing.words).toEqual(['connection-lost'])
    fails = false
    await hearing.untilHeld()
  })

  it('can be closed while the connection is silent, or was never made', async () => {
    const silent = listen()
    await silent.untilHeld()
    proxy.silence()
    const refused = listen(() => new pg.Client({ host: '127.0.0.1', port: 1 }))
    for (const each of [silent, refused]) {
      const from = performance.now()
      await each[Symbol.asyncDispose]()
      expect(performance.now() - from).toBeLessThan(3_000)
      expect(each.subscription.provenAt()).toBe(Number.NEGATIVE_INFINITY)
    }
  })

  it('leaves no connection behind', async () => {
    for (let times = 0; times < 3; times += 1) {
      await using hearing = listen()
      await hearing.untilHeld()
    }
    await vi.waitFor(async () => {
      const { rows } = await pool.query(
        `SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_notify%' AND pid <> pg_backend_pid()`,
      )
      expect(rows).toEqual([])
    })
  })
})
