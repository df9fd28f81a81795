import { setTimeout } from 'node:timers/promises'
import { createSessions } from 'coatcheck'
import {
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DatabaseProxy, startDatabaseProxy } from '../../../tools/testing/database-proxy.ts'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'

const leaseDuration = 600

let database: TestDatabase
let pool: pg.Pool
let proxy: DatabaseProxy

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  await migratePostgresSessions(pool)
  proxy = await startDatabaseProxy(database.url)
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await pool.end()
  await database.drop()
})

/**
 * As in a process of its own: a cache that hears through the proxy, over a store
 * that does not go through it.
 */
function openCachedSessions() {
  const createClient = () =>
    new pg.Client({ connectionString: proxy.url, connectionTimeoutMillis: 1_000 })
  const sessions = createSessions({
    store: createPostgresSessionStore(pool),
    data: { initial: {} },
    cache: { channel: createPostgresRevocationChannel({ createClient }), leaseDuration },
  })
  return { sessions, [Symbol.asyncDispose]: sessions.close }
}

type CachedSessions = ReturnType<typeof openCachedSessions>['sessions']

async function signInCached(cached: CachedSessions) {
  const uncached = createSessions({
    store: createPostgresSessionStore(pool),
    data: { initial: {} },
  })
  const issued = await uncached.signIn({ userId: 'user-1' })
  if (issued.status !== 'signed-in') throw new Error(issued.status)
  await expect
    .poll(
      async () => {
        await cached.verify(issued.token)
        return (cached.cacheStatistics()?.hits ?? 0) > 0
      },
      { timeout: 10_000, interval: 5 },
    )
    .toBe(true)
  return { uncached, token: issued.token, id: issued.session.id }
}

/** How long after the end the token still opened something, at the last; 0 if it never did. */
async function measureAcceptance(
  cached: CachedSessions,
  token: string,
  endedAt: number,
): Promise<number> {
  let acceptedUntil = 0
  const until = endedAt + 2 * leaseDuration
  while (performance.now() < until) {
    const startedAt = performance.now()
    const { status } = await cached.verify(token)
    if (status === 'active') acceptedUntil = startedAt - endedAt
    await setTimeout(2)
  }
  return acceptedUntil
}

describe('a session in the memory of a process that hears of nothing', () => {
  type Disruption = readonly [name: string, (proxy: DatabaseProxy) => Promise<void> | void]

  it.each<Disruption>([
    ['its connection is silent', (each) => each.silence()],
    ['its connection is slow', (each) => each.delay(5_000)],
  ])('opens until the lease is over and no longer: %s', async (_name, disrupt) => {
    const opened: number[] = []
    // More than once: where this machine is so busy that the process seems to have stood still, the
    // lease is over before its time, and nothing is to be seen.
    while (opened.length < 10 && Math.max(0, ...opened) < leaseDuration / 4) {
      opened.push(await acceptedAfterRevocation(disrupt))
    }
    expect(Math.max(...opened)).toBeLessThan(leaseDuration)
    expect(Math.max(...opened)).toBeGreaterThan(0)
  })

  async function acceptedAfterRevocation(disrupt: Disruption[1]): Promise<number> {
    await proxy.restore()
    await using cached = openCachedSessions()
    const { uncached, token, id } = await signInCached(cached.sessions)
    await disrupt(proxy)
    await uncached.revoke(id, { reason: 'ended-by-user' })
    // Awaited here: the sessions close with this function.
    return await measureAcceptance(cached.sessions, token, performance.now())
  }

  it('opens nothing once its connection is known to be cut', async () => {
    await proxy.restore()
    await using opened = openCachedSessions()
    const { uncached, token, id } = await signInCached(opened.sessions)

    await proxy.cut()
    const isLeaseHeld = async () => {
      await opened.sessions.verify(token)
      return opened.sessions.cacheStatistics()?.leaseHeld
    }
    await expect.poll(isLeaseHeld, { interval: 2 }).toBe(false)
    await uncached.revoke(id, { reason: 'ended-by-user' })

    expect(await measureAcceptance(opened.sessions, token, performance.now())).toBe(0)
    await proxy.restore()
    await expect.poll(isLeaseHeld, { timeout: 10_000 }).toBe(true)
    expect((await opened.sessions.verify(token)).status).toBe('ended')
  })

  it('is not opened by a burst of cuts and revocations', async () => {
    await proxy.restore()
    await using opened = openCachedSessions()
    for (let round = 0; round < 5; round += 1) {
      const { uncached, token, id } = await signInCached(opened.sessions)
      const cutting = proxy.cut().then(() => proxy.restore())
      await uncached.revoke(id, { reason: 'ended-by-user' })
      const endedAt = performance.now()
      await cutting
      expect(await measureAcceptance(opened.sessions, token, endedAt)).toBeLessThan(leaseDuration)
    }
  })
})

it('tells another process of a revocation in milliseconds', async () => {
  await proxy.restore()
  await using opened = openCachedSessions()
  const delays: number[] = []
  for (let round = 0; round < 50; round += 1) {
    const { uncached, token, id } = await signInCached(opened.sessions)
    await uncached.revoke(id, { reason: 'ended-by-user' })
    const endedAt = performance.now()
    while ((await opened.sessions.verify(token)).status === 'active') await setTimeout(0)
    delays.push(performance.now() - endedAt)
  }
  // How many milliseconds is the benchmark's to say: here, that it is not the lease that ends them.
  const [median = Number.POSITIVE_INFINITY] = delays.toSorted((a, b) => a - b).slice(25)
  expect(median).toBeLessThan(leaseDuration / 4)
})
