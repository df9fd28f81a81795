import { afterEach, describe, expect, it, vi } from 'vitest'
import { databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import type { RateLimiter } from '../../application/ports/rate-limiter.ts'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import type { RateLimit } from '../../domain/rate-limits.ts'
import { minute, second } from '../../domain/time.ts'
import { openPersistence } from './open-persistence.ts'

const limit: RateLimit = { name: 'tried', max: 5, window: minute }
const batchedLimit: RateLimit = { name: 'by-handful', max: 60, window: minute, batchSize: 20 }

/** How many of so many at once get through. */
async function countAllowed(limiters: readonly RateLimiter[], rateLimit: RateLimit, times: number) {
  const results = Array.from({ length: times }, (_, n) =>
    limiters[n % limiters.length]?.consume(rateLimit, 'k'),
  )
  return (await Promise.all(results)).filter((retryAfter) => retryAfter === null).length
}

/** Stops the machine's clock, by which limits go. */
function stopClock(at = Date.now()): void {
  vi.useFakeTimers({ toFake: ['Date'], now: at })
}

afterEach(() => {
  vi.useRealTimers()
})

describe.each(databaseKinds)('a rate limit on %s', (kind) => {
  it('is exact for two hundred at once, by two processes', async () => {
    await using opened = await openTestPersistence(kind)
    const other = await openPersistence(opened.location)
    const limiters = [opened.persistence.rateLimiter, other.rateLimiter]
    expect(await countAllowed(limiters, limit, 200)).toBe(5)
    expect(await countAllowed(limiters, { ...limit, max: 100, name: 'wide' }, 200)).toBe(100)
    await other.close()
  })

  it('is kept by key and by name, and lets everything through again when its window ends', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    const start = Date.now()
    stopClock(start)
    expect(await countAllowed([rateLimiter], limit, 7)).toBe(5)
    expect(await rateLimiter.consume(limit, 'other')).toBeNull()
    expect(await rateLimiter.consume({ ...limit, name: 'tried-too' }, 'k')).toBeNull()

    // What is asked for meanwhile does not make it longer.
    vi.setSystemTime(start + 59 * second)
    expect(await rateLimiter.consume(limit, 'k')).toBe(second)
    vi.setSystemTime(start + minute - 1)
    expect(await rateLimiter.consume(limit, 'k')).toBe(1)
    vi.setSystemTime(start + minute + 1)
    expect(await countAllowed([rateLimiter], limit, 7)).toBe(5)
  })

  it('by the handful is never more than it says, and asks the database once for each', async () => {
    await using opened = await openTestPersistence(kind)
    const other = await openPersistence(opened.location)
    const limiters = [opened.persistence.rateLimiter, other.rateLimiter]
    stopClock()
    expect(await countAllowed(limiters.slice(0, 1), batchedLimit, 15)).toBe(15)
    expect(await opened.rows('SELECT points FROM rate_limits')).toEqual([{ points: 20 }])
    // Two handfuls and five are left, of which the other process is given the two.
    expect(await countAllowed(limiters.slice(1), batchedLimit, 50)).toBe(40)
    expect(await countAllowed(limiters.slice(0, 1), batchedLimit, 50)).toBe(5)
    vi.setSystemTime(Date.now() + minute + 1)
    expect(await countAllowed(limiters, batchedLimit, 200)).toBe(60)
    await other.close()
  })

  it('that is spent is remembered, so that a flood of what is refused writes nothing', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    for (let n = 0; n < 1_000; n += 1) await rateLimiter.consume(limit, 'k')
    expect(await opened.rows('SELECT points FROM rate_limits')).toEqual([{ points: 5 }])
  })

  it('tells whether it is spent, and takes nothing by that', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    stopClock()
    expect(await rateLimiter.waitIfExhausted(limit, 'k')).toBeNull()
    await countAllowed([rateLimiter], limit, 4)
    expect(await rateLimiter.waitIfExhausted(limit, 'k')).toBeNull()
    expect(await rateLimiter.consume(limit, 'k')).toBeNull()
    expect(await rateLimiter.waitIfExhausted(limit, 'k')).toBe(minute)
    vi.setSystemTime(Date.now() + minute)
    expect(await rateLimiter.waitIfExhausted(limit, 'k')).toBeNull()
  })

  it('lets nothing through that it cannot count', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    await opened.rows('DROP TABLE rate_limits')
    for (const what of [limit, batchedLimit]) {
      await expect(rateLimiter.consume(what, 's3cret')).rejects.toThrow(RepositoryError)
      // Nor at the second time: a failure is not kept.
      await expect(rateLimiter.consume(what, 's3cret')).rejects.toThrow(RepositoryError)
    }
    await expect(rateLimiter.waitIfExhausted(limit, 's3cret')).rejects.toThrow(RepositoryError)
    await expect(rateLimiter.purge()).rejects.toThrow(RepositoryError)
  })

  it('is purged when its window is over, however many there are, and not before', async () => {
    await using opened = await openTestPersistence(kind)
    const { rateLimiter } = opened.persistence
    stopClock()
    const keys = Array.from({ length: 2_100 }, (_, n) => n)
    await Promise.all(keys.map((n) => rateLimiter.consume(limit, `k${n}`)))
    await rateLimiter.consume({ name: 'longer', max: 5, window: 2 * minute }, 'k')
    await rateLimiter.purge()
    const count = async () => (await opened.rows('SELECT key FROM rate_limits')).length
    expect(await count()).toBe(2_101)
    vi.setSystemTime(Date.now() + minute)
    await rateLimiter.purge()
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
