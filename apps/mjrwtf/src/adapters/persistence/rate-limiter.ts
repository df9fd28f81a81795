import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateLimiter } from '../../application/ports/rate-limiter.ts'
import type { RateLimit } from '../../domain/limits.ts'
import { second } from '../../domain/time.ts'
import { ask } from './database.ts'
import { createHandfuls, type Taken } from './handfuls.ts'
import type { Tables } from './tables.ts'

/** What every limiter of rate-limiter-flexible is made with here. */
export interface LimiterOptions {
  readonly points: number
  readonly duration: number
  readonly keyPrefix: string
  readonly tableName: 'rate_limits'
  readonly tableCreated: true
  readonly clearExpiredByTimeout: false
  readonly inMemoryBlockOnConsumed: number
}

/** The slice that is used of one. */
type Limiter = Pick<RateLimiterAbstract, 'consume' | 'get'>

const purgedAtOnce = 1_000

/**
 * Counts by rate-limiter-flexible, in the table `rate_limits`. It is left no timer and makes no table: migrations do
 * that, and purging is for us to ask for. What is spent it remembers until the window ends, so that a
 * flood of what is refused does not reach the database.
 */
export function createRateLimiter(
  kysely: Kysely<Tables>,
  createLimiter: (options: LimiterOptions) => Limiter,
): RateLimiter {
  const limiters = new Map<string, Limiter>()
  const handfuls = createHandfuls(async (limit, key) =>
    consume(limiterOf(limit), key, limit.handful),
  )

  function limiterOf(limit: RateLimit): Limiter {
    const made = limiters.get(limit.name) ?? createLimiter(optionsOf(limit))
    limiters.set(limit.name, made)
    return made
  }

  return {
    async take(limit, key) {
      if (limit.handful !== undefined) return handfuls.take(limit, key)
      const taken = await consume(limiterOf(limit), key)
      return taken.status === 'taken' ? null : taken.wait
    },
    async spent(limit, key) {
      const counted = await ask(limiterOf(limit).get(key))
      return counted === null || counted.remainingPoints > 0 ? null : counted.msBeforeNext
    },
    async purge() {
      handfuls.purge()
      while ((await purgeSome(kysely)) === purgedAtOnce) await setImmediate()
    },
  }
}

function optionsOf({ name, most, window }: RateLimit): LimiterOptions {
  return {
    points: most,
    duration: window / second,
    keyPrefix: name,
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: false,
    inMemoryBlockOnConsumed: most,
  }
}

/** What is over the limit is told by a rejection too, which is no error. */
function consume(limiter: Limiter, key: string, count = 1): Promise<Taken> {
  const asked = limiter.consume(key, count).then(
    ({ msBeforeNext: wait }): Taken => ({ status: 'taken', wait }),
    (reason: unknown): Taken => {
      if (reason instanceof RateLimiterRes) return { status: 'spent', wait: reason.msBeforeNext }
      throw reason
    },
  )
  return ask(asked)
}

async function purgeSome(kysely: Kysely<Tables>): Promise<number> {
  const over = kysely
    .selectFrom('rate_limits')
    .select('key')
    .where('expire', '<=', Date.now())
    .limit(purgedAtOnce)
  const purged = kysely.deleteFrom('rate_limits').where('key', 'in', over).executeTakeFirst()
  return Number((await ask(purged)).numDeletedRows)
}
