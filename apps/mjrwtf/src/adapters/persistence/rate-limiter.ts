import { sql } from 'kysely'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RepositoryError } from '../../application/ports/repository-error.ts'
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
  const memoryLimiters = new Map<string, Limiter>()
  const batchedLimiter = createBatchedLimiter(countOf)

  /**
   * Counts in this process while the database can only be read, so that pages and the API can be read, too: what a limit
   * protects from being written cannot be written anyway. A reset link could not be stored either, and its visitor must
   * learn that.
   */
  async function countOf(limit: RateLimit, key: string): Promise<ConsumeResult> {
    try {
      return await consume(limiterOf(limit), key, limit.batchSize)
    } catch (error) {
      const isReadOnly = error instanceof RepositoryError && error.code === 'database-read-only'
      if (!isReadOnly || limit.mustBeStored) throw error
      return consume(memoryLimiterOf(limit), key, limit.batchSize)
    }
  }

  function memoryLimiterOf(limit: RateLimit): Limiter {
    const options = { points: limit.max, duration: limit.window / second, keyPrefix: limit.name }
    const limiter = memoryLimiters.get(limit.name) ?? new RateLimiterMemory(options)
    memoryLimiters.set(limit.name, limiter)
    return limiter
  }

  function limiterOf(limit: RateLimit): Limiter {
    const limiter = limiters.get(limit.name) ?? createLimiter(optionsOf(limit))
    limiters.set(limit.name, limiter)
    return limiter
  }

  return {
    async consume(limit, key) {
      if (limit.batchSize !== undefined) return batchedLimiter.consume(limit, key)
      const result = await countOf(limit, key)
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
