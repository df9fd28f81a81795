import type { AttemptPolicy } from '../../domain/attempt-policy.ts'
import type { Instant } from '../../domain/time.ts'

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
  /** Removes counters without a failure since `before`, except those with `lockedAfter` failures or more. */
  purge(before: Instant, lockedAfter: number): Promise<void>
}
