import type { AttemptPolicy } from '../../domain/attempt-policy.ts'
import type { RateLimit } from '../../domain/rate-limits.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'

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
  retryDelay(limit: RateLimit, key: string): Promise<Milliseconds | null>
  /** Removes a batch of the counters of past windows. Returns whether there may be more. */
  purgeBatch(): Promise<boolean>
}

export type Reservation =
  | { readonly status: 'allowed' }
  | { readonly status: 'blocked'; readonly until: Instant }

/**
 * Counts failed attempts, shared by all processes on the database. Each operation is one atomic statement, so parallel
 * attempts never exceed the policy. Rejects with `RepositoryError` only.
 */
export interface AttemptRepository {
  /** Counts one failure in advance and returns `allowed`, or returns `blocked` and changes nothing. */
  reserve(key: string, policy: AttemptPolicy, now: Instant): Promise<Reservation>
  /** Takes one reservation back, because the attempt did not fail or was not made. */
  refund(key: string): Promise<void>
  /** Resets the failures of the key to 0. */
  clear(key: string): Promise<void>
  /** Resets the failures of the key, and of all keys that start with it and a colon. */
  clearAll(key: string): Promise<void>
  /**
   * Removes a batch of the counters without a failure since `before`, except those with `lockedAfter` failures or more.
   * Returns whether there may be more.
   */
  purgeBatch(before: Instant, lockedAfter: number): Promise<boolean>
}
