import type { RateLimit } from '../../domain/rate-limits.ts'
import type { Milliseconds } from '../../domain/time.ts'

/**
 * Counts in fixed windows, shared by all processes on the database. Uses the machine's clock, not the app's. Rejects
 * with `RepositoryError` only: a request that cannot be counted is not allowed.
 */
export interface RateLimiter {
  /**
   * Counts one request of the key. Returns `null` if it is allowed, else the time until the window ends. However many
   * calls run in parallel, in any number of processes, at most `max` are allowed in a window.
   */
  consume(limit: RateLimit, key: string): Promise<Milliseconds | null>
  /** Returns what `consume` would return once the limit is exhausted, else `null`. Counts nothing. Not for a limit with a `batchSize`. */
  waitIfExhausted(limit: RateLimit, key: string): Promise<Milliseconds | null>
  /** Removes the counters of past windows. */
  purge(): Promise<void>
}
