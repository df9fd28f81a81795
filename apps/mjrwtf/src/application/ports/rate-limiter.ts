import type { RateLimit } from '../../domain/rate-limits.ts'
import type { Milliseconds } from '../../domain/time.ts'

/**
 * Counts against fixed windows, shared by every process on the database. It goes by the machine's clock, not
 * by the app's. Rejects with `RepositoryError` only: what cannot be counted is not let through.
 */
export interface RateLimiter {
  /**
   * Takes one of what the limit allows the key: `null` lets it through, else how long until the window ends. However
   * many ask at once, in however many processes, no more than `most` get through in a window.
   */
  consume(limit: RateLimit, key: string): Promise<Milliseconds | null>
  /** What `take` would say once all is taken, else `null`. Takes nothing. Not for a limit with a `handful`. */
  waitIfExhausted(limit: RateLimit, key: string): Promise<Milliseconds | null>
  /** Removes counts whose window is over. */
  purge(): Promise<void>
}
