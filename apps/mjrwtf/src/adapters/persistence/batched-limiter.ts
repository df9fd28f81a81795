import type { RateLimit } from '../../domain/rate-limits.ts'
import type { Milliseconds } from '../../domain/time.ts'

/** Whether the points were available, and the time until the window ends. */
export interface ConsumeResult {
  readonly status: 'allowed' | 'exhausted'
  readonly retryAfter: Milliseconds
}

interface ReservedBatch {
  remaining: number
  readonly expiresAt: number
}

/** Reserves points of a shared counter in batches and consumes them locally. */
export interface BatchedLimiter {
  /** `null` if allowed, otherwise the time until the window ends. */
  consume(limit: RateLimit, key: string): Promise<Milliseconds | null>
  /** Deletes used and expired batches. */
  purge(): void
}

/** `reserveBatch` reserves points of the shared counter; concurrent callers share one call. */
export function createBatchedLimiter(
  reserveBatch: (limit: RateLimit, key: string) => Promise<ConsumeResult>,
): BatchedLimiter {
  const batches = new Map<string, ReservedBatch>()
  const inFlight = new Map<string, Promise<ConsumeResult>>()

  function consumeLocal(id: string): boolean {
    const batch = batches.get(id)
    if (batch === undefined || batch.remaining === 0 || Date.now() >= batch.expiresAt) return false
    batch.remaining -= 1
    return true
  }

  async function reserve(id: string, limit: RateLimit, key: string): Promise<ConsumeResult> {
    try {
      const result = await reserveBatch(limit, key)
      if (result.status === 'allowed') {
        batches.set(id, {
          remaining: limit.batchSize ?? 1,
          expiresAt: Date.now() + result.retryAfter,
        })
      }
      return result
    } finally {
      inFlight.delete(id)
    }
  }

  function reserveMore(id: string, limit: RateLimit, key: string): Promise<ConsumeResult> {
    const reservation = inFlight.get(id) ?? reserve(id, limit, key)
    inFlight.set(id, reservation)
    return reservation
  }

  return {
    async consume(limit, key) {
      const id = `${limit.name}:${key}`
      while (!consumeLocal(id)) {
        const result = await reserveMore(id, limit, key)
        if (result.status === 'exhausted') return result.retryAfter
      }
      return null
    },
    purge() {
      for (const [id, { remaining, expiresAt }] of batches) {
        if (remaining === 0 || Date.now() >= expiresAt) batches.delete(id)
      }
    },
  }
}
