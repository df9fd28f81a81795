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
import { anEnding, plainInsertion } from '../../testing/fixtures.ts'
import type { PostgresListenerClient } from './driver.ts'
import { migratePostgresSessions } from './migrate.ts'
import { createPostgresRevocationChannel } from './revocation-channel.ts'
import { createPostgresSessionStore } from './session-store.ts'

/** Short, to keep the waiting times of the tests short. */
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
  await proxy.restore()
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

/** Subscribes like a lease: requests a heartbeat four times per lease while the test runs. */
function subscribe(createClient: () => PostgresListenerClient = connectThroughProxy) {
  const received: string[] = []
  const listener: RevocationListener = {
    onChange: (id) => received.push(id),
    onReset: () => received.push('reset'),
    onLatency() {},
    onInterrupted: (failure) => received.push(failure),
  }
  const clock = { now: () => performance.now() }
  const channel = createPostgresRevocationChannel({ createClient })
  const subscription = channel.subscribe({ listener, clock, leaseDuration })
  const timer = setInterval(subscription.requestHeartbeat, leaseDuration / 4)
  const isFresh = () => clock.now() - subscription.freshAsOf() < leaseDuration
  return {
    received,
    subscription,
    isFresh,
    untilFresh: () => vi.waitFor(() => expect(isFresh()).toBe(true), { timeout: 20_000 }),
    untilStale: () => vi.waitFor(() => expect(isFresh()).toBe(false), { timeout: 20_000 }),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await subscription.close()
    },
  }
}

describe('PostgreSQL revocation channel', () => {
  it('is not fresh while its connection is cut, and resets after it reconnects', async () => {
    await using recorder = subscribe()
    await recorder.untilFresh()
    expect(recorder.received).toEqual(['reset'])

    await proxy.cut()
    await recorder.untilStale()
    expect(recorder.subscription.freshAsOf()).toBe(Number.NEGATIVE_INFINITY)
    // Several attempts fail in the meantime, and are reported once.
    await setTimeout(leaseDuration)
    expect(recorder.received).toEqual(['reset', 'connection-lost'])

    await proxy.restore()
    await recorder.untilFresh()
    expect(recorder.received).toEqual(['reset', 'connection-lost', 'reset'])
  })

  it('is not fresh after its connection becomes silent', async () => {
    await using recorder = subscribe()
    await recorder.untilFresh()
    proxy.silence()
    const silentFrom = performance.now()
    await recorder.untilStale()

    // A heartbeat that was in flight when the silence began may be received: it counts from when it was sent.
    expect(recorder.subscription.freshAsOf()).toBeLessThanOrEqual(silentFrom)
    await vi.waitFor(() => expect(recorder.received).toContain('silent'), { timeout: 20_000 })
    await proxy.restore()
    await recorder.untilFresh()
    expect(recorder.received.at(-1)).toBe('reset')
  })

  it('is never fresh while heartbeats take longer than the lease', async () => {
    proxy.delay(leaseDuration)
    await using recorder = subscribe()
    const freshAt: number[] = []
    for (let checks = 0; checks < 100; checks += 1) {
      if (recorder.isFresh()) freshAt.push(checks)
      await setTimeout(20)
    }
    expect(freshAt).toEqual([])
  })

  it('never confirms freshness across an undelivered change', async () => {
    const store = createPostgresSessionStore(pool)
    await using recorder = subscribe()
    await recorder.untilFresh()
    proxy.delay(60)
    const late: string[] = []
    for (let times = 0; times < 20; times += 1) {
      const record = aSessionRecord()
      await store.insert(plainInsertion(record))
      await store.end(record.id, anEnding())
      const endedAt = performance.now()
      while (recorder.subscription.freshAsOf() < endedAt) await setTimeout(1)
      if (!recorder.received.includes(record.id)) late.push(record.id)
    }
    expect(late).toEqual([])
  })

  it('reconnects and resets after the server closes its connection', async () => {
    await using recorder = subscribe()
    await recorder.untilFresh()
    await pool.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_notify%'`)
    await vi.waitFor(() => expect(recorder.received).toEqual(['reset', 'connection-lost', 'reset']))
    await recorder.untilFresh()
  })

  it('is not fresh without triggers, and reports why', async () => {
    await migratePostgresSessions(pool, { to: 1 })
    await using recorder = subscribe()
    await vi.waitFor(() => expect(recorder.received).toEqual(['not-migrated']))

    await migratePostgresSessions(pool)
    await recorder.untilFresh()
    expect(recorder.received).toEqual(['not-migrated', 'reset'])
  })

  it('is not fresh while the triggers are disabled', async () => {
    await pool.query('ALTER TABLE sessions DISABLE TRIGGER USER')
    await using recorder = subscribe()
    await vi.waitFor(() => expect(recorder.received).toEqual(['not-migrated']))
    expect(recorder.isFresh()).toBe(false)
  })

  it.each([
    ['all disabled', 'ALTER TABLE sessions DISABLE TRIGGER USER'],
    ['one disabled', 'ALTER TABLE sessions DISABLE TRIGGER coatcheck_deleted'],
    [
      'disabled and enabled again',
      'ALTER TABLE sessions DISABLE TRIGGER USER; ALTER TABLE sessions ENABLE TRIGGER USER',
    ],
    ['table renamed', 'ALTER TABLE sessions RENAME TO sessions_before'],
    ['table dropped', 'DROP TABLE sessions'],
  ])('is not fresh after the triggers change: %s', async (_name, sql) => {
    await using recorder = subscribe()
    await recorder.untilFresh()
    await pool.query(sql)
    const alteredAt = performance.now()
    await vi.waitFor(() => expect(recorder.received).toContain('not-migrated'), { timeout: 5_000 })
    expect(recorder.received.indexOf('not-migrated')).toBe(1)
    expect(performance.now() - alteredAt).toBeLessThan(5_000)
  })

  it('resets after a migration down and up again', async () => {
    await using recorder = subscribe()
    await recorder.untilFresh()
    await migratePostgresSessions(pool, { to: 0 })
    await migratePostgresSessions(pool)
    await vi.waitFor(() => expect(recorder.received).toEqual(['reset', 'not-migrated', 'reset']))
  })

  it('drops a connection on which its heartbeats are lost', async () => {
    await using recorder = subscribe(() => {
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
    await vi.waitFor(() => expect(recorder.received.slice(0, 2)).toEqual(['reset', 'silent']))
    expect(recorder.isFresh()).toBe(false)
  })

  it('rejects a connection through a pooler', async () => {
    await using recorder = subscribe(() => {
      const client = connectThroughProxy()
      // Like PgBouncer, which reports process ids of its own.
      return new Proxy(client, {
        get: (target, name) => {
          if (name === 'processID') return 7
          const value: unknown = Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    })
    await vi.waitFor(() => expect(recorder.received).toEqual(['pooled-connection']))
    expect(recorder.isFresh()).toBe(false)
  })

  it('reports the error of the driver without the password', async () => {
    const onInterrupted = vi.fn()
    const url = new URL(database.url)
    url.password = 'a-wrong-secret'
    const channel = createPostgresRevocationChannel({
      createClient: () => new pg.Client({ connectionString: url.href }),
    })
    const listener = { onChange() {}, onReset() {}, onLatency() {}, onInterrupted }
    const subscription = channel.subscribe({ listener, clock: performance, leaseDuration })
    await vi.waitFor(() => expect(onInterrupted).toHaveBeenCalled())
    await subscription.close()
    const [reason, cause] = onInterrupted.mock.calls[0] ?? []
    expect(reason).toBe('connection-lost')
    expect(cause).toMatch(/password authentication failed.*check the user and the password/)
    expect(cause).not.toContain('a-wrong-secret')
  })

  it('connects again after createClient has failed', async () => {
    let fails = true
    await using recorder = subscribe(() => {
      if (fails) throw new Error('no client')
      return connectThroughProxy()
    })
    expect(recorder.received).toEqual(['connection-lost'])
    fails = false
    await recorder.untilFresh()
  })

  it('closes within 3 s while the connection is silent or was never established', async () => {
    const silent = subscribe()
    await silent.untilFresh()
    proxy.silence()
    const refused = subscribe(() => new pg.Client({ host: '127.0.0.1', port: 1 }))
    for (const each of [silent, refused]) {
      const from = performance.now()
      await each[Symbol.asyncDispose]()
      expect(performance.now() - from).toBeLessThan(3_000)
      expect(each.subscription.freshAsOf()).toBe(Number.NEGATIVE_INFINITY)
    }
  })

  it('closes its connections', async () => {
    for (let times = 0; times < 3; times += 1) {
      await using recorder = subscribe()
      await recorder.untilFresh()
    }
    await vi.waitFor(async () => {
      const { rows } = await pool.query(
        `SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%pg_notify%' AND pid <> pg_backend_pid()`,
      )
      expect(rows).toEqual([])
    })
  })
})
