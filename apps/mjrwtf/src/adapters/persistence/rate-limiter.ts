import { sql } from 'kysely'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateLimiter } from '../../application/ports/throttling.ts'
import type { RateLimit } from '../../domain/rate-limits.ts'
import { second } from '../../domain/time.ts'
import { type ConsumeResult, createBatchedLimiter } from './batched-limiter.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'

/** The options of each limiter of rate-limiter-flexible. */
export interface LimiterOptions {
  readonly points: number
  readonly duration: number
  readonly keyPrefix: string
  readonly tableName: 'rate_limits'
  readonly tableCreated: true
  readonly clearExpiredByTimeout: false
  readonly inMemoryBlockOnConsumed: number
}

/** The part of a limiter that counts. */
export type Limiter = Pick<RateLimiterAbstract, 'consume' | 'get'>

/**
 * Counts with rate-limiter-flexible in the table `rate_limits`. It starts no timer and creates no table: migrations
 * create it, and the app purges it. Exhausted keys are cached until their window ends, so that a flood of rejected
 * requests does not reach the database.
 */
export function createRateLimiter(
  database: Database,
  createLimiter: (options: LimiterOptions) => Limiter,
): RateLimiter {
  const limiters = new Map<string, Limiter>()
  const batchedLimiter = createBatchedLimiter(async (limit, key) =>
    consume(limiterOf(limit), key, limit.batchSize),
  )

  function limiterOf(limit: RateLimit): Limiter {
    const limiter = limiters.get(limit.name) ?? createLimiter(optionsOf(limit))
    limiters.set(limit.name, limiter)
    return limiter
  }

  return {
    async consume(limit, key) {
      if (limit.batchSize !== undefined) return batchedLimiter.consume(limit, key)
      const result = await consume(limiterOf(limit), key)
      return result.status === 'allowed' ? null : result.retryAfter
    },
    async retryDelay(limit, key) {
      const state = await run(limiterOf(limit).get(key))
      return state === null || state.remainingPoints > 0 ? null : state.msBeforeNext
    },
    purgeBatch() {
      batchedLimiter.purge()
      const rows = sql`SELECT key FROM rate_limits WHERE expire <= ${Date.now()}`
      return purgeBatch(database, { table: 'rate_limits', keyColumns: ['key'], rows })
    },
  }
}

function optionsOf({ name, max, window }: RateLimit): LimiterOptions {
  return {
    points: max,
    duration: window / second,
    keyPrefix: name,
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: false,
    inMemoryBlockOnConsumed: max,
  }
}

/** rate-limiter-flexible also rejects when a limit is exhausted, which is not an error. */
function consume(limiter: Limiter, key: string, count = 1): Promise<ConsumeResult> {
  const result = limiter.consume(key, count).then(
    ({ msBeforeNext: retryAfter }): ConsumeResult => ({ status: 'allowed', retryAfter }),
    (reason: unknown): ConsumeResult => {
      if (reason instanceof RateLimiterRes)
        return { status: 'exhausted', retryAfter: reason.msBeforeNext }
      throw reason
    },
  )
  return run(result)
}
