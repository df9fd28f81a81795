import { afterEach, describe, expect, it, vi } from 'vitest'
import { databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import type { RateLimiter } from '../../application/ports/throttling.ts'
import type { RateLimit } from '../../domain/rate-limits.ts'
import { minute, second } from '../../domain/time.ts'
import { openPersistence } from './open-persistence.ts'

const limit: RateLimit = { name: 'tried', max: 5, window: minute }
const batchedLimit: RateLimit = { name: 'batched', max: 60, window: minute, batchSize: 20 }

/** The number of allowed requests among `times` concurrent ones. */
async function countAllowed(limiters: readonly RateLimiter[], rateLimit: RateLimit, times: number) {
  const results = Array.from({ length: times }, (_, n) =>
    limiters[n % limiters.length]?.consume(rateLimit, 'k'),
  )
  return (await Promise.all(results)).filter((retryAfter) => retryAfter === null).length
}

/** Stops the system clock, which limits use. */
function stopClock(at = Date.now()): void {
  vi.useFakeTimers({ toFake: ['Date'], now: at })
}

afterEach(() => {
  vi.useRealTimers()
})

describe.each(databaseKinds)('rate limiter on %s', (kind) => {
  it('is exact for 200 concurrent requests of two processes', async () => {
    await using opened = await openTestPersistence(kind)
    const other = await openPersistence(opened.location)
    const limiters = [opened.persistence.rateLimiter, other.rateLimiter]
    expect(await countAllowed(limiters, limit, 200)).toBe(5)
    expect(await countAllowed(limiters, { ...limit, max: 100, name: 'wide' }, 200)).toBe(100)
    await other.close()
  })

  it('counts per key and limit name and resets after the window', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    const start = Date.now()
    stopClock(start)
    expect(await countAllowed([rateLimiter], limit, 7)).toBe(5)
    expect(await rateLimiter.consume(limit, 'other')).toBeNull()
    expect(await rateLimiter.consume({ ...limit, name: 'tried-too' }, 'k')).toBeNull()

    // Requests in between do not extend the window.
    vi.setSystemTime(start + 59 * second)
    expect(await rateLimiter.consume(limit, 'k')).toBe(second)
    vi.setSystemTime(start + minute - 1)
    expect(await rateLimiter.consume(limit, 'k')).toBe(1)
    vi.setSystemTime(start + minute + 1)
    expect(await countAllowed([rateLimiter], limit, 7)).toBe(5)
  })

  it('stays within the limit with batches and queries once per batch', async () => {
    await using opened = await openTestPersistence(kind)
    const other = await openPersistence(opened.location)
    const limiters = [opened.persistence.rateLimiter, other.rateLimiter]
    stopClock()
    expect(await countAllowed(limiters.slice(0, 1), batchedLimit, 15)).toBe(15)
    expect(await opened.rows('SELECT points FROM rate_limits')).toEqual([{ points: 20 }])
    // Two batches and five points are left; the other process gets the two batches.
    expect(await countAllowed(limiters.slice(1), batchedLimit, 50)).toBe(40)
    expect(await countAllowed(limiters.slice(0, 1), batchedLimit, 50)).toBe(5)
    vi.setSystemTime(Date.now() + minute + 1)
    expect(await countAllowed(limiters, batchedLimit, 200)).toBe(60)
    await other.close()
  })

  it('caches exhausted keys, so that a flood of rejected requests writes nothing', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    for (let n = 0; n < 1_000; n += 1) await rateLimiter.consume(limit, 'k')
    expect(await opened.rows('SELECT points FROM rate_limits')).toEqual([{ points: 5 }])
  })

  it('reports whether a limit is exhausted without consuming', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    stopClock()
    expect(await rateLimiter.retryDelay(limit, 'k')).toBeNull()
    await countAllowed([rateLimiter], limit, 4)
    expect(await rateLimiter.retryDelay(limit, 'k')).toBeNull()
    expect(await rateLimiter.consume(limit, 'k')).toBeNull()
    expect(await rateLimiter.retryDelay(limit, 'k')).toBe(minute)
    vi.setSystemTime(Date.now() + minute)
    expect(await rateLimiter.retryDelay(limit, 'k')).toBeNull()
  })

  it('allows nothing that it cannot count', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    await opened.rows('DROP TABLE rate_limits')
    for (const what of [limit, batchedLimit]) {
      await expect(rateLimiter.consume(what, 's3cret')).rejects.toThrow(RepositoryError)
      // Also at the second time: a failure is not cached.
      await expect(rateLimiter.consume(what, 's3cret')).rejects.toThrow(RepositoryError)
    }
    await expect(rateLimiter.retryDelay(limit, 's3cret')).rejects.toThrow(RepositoryError)
    await expect(rateLimiter.purgeBatch()).rejects.toThrow(RepositoryError)
  })

  it('purges expired windows in batches and no others', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    stopClock()
    // In groups, so that on a slow machine none waits too long for a connection.
    for (let group = 0; group < 21; group += 1) {
      const keys = Array.from({ length: 100 }, (_, n) => `k${group}-${n}`)
      await Promise.all(keys.map((key) => rateLimiter.consume(limit, key)))
    }
    await rateLimiter.consume({ name: 'longer', max: 5, window: 2 * minute }, 'k')
    expect(await rateLimiter.purgeBatch()).toBe(false)
    const count = async () => (await opened.rows('SELECT key FROM rate_limits')).length
    expect(await count()).toBe(2_101)
    vi.setSystemTime(Date.now() + minute)
    while (await rateLimiter.purgeBatch());
    expect(await count()).toBe(1)
  })

  it('starts no timer', async () => {
    await using opened = await openTestPersistence(kind)
    const setTimer = vi.spyOn(globalThis, 'setTimeout')
    await opened.persistence.rateLimiter.consume({ ...limit, name: 'timers' }, 'k')
    const lengths = setTimer.mock.calls.map(([, length = 0]) => length)
    expect(lengths.filter((length) => length >= minute)).toEqual([])
    setTimer.mockRestore()
  })
})
