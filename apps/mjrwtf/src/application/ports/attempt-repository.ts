import type { AttemptPolicy } from '../../domain/attempt-policy.ts'
import type { Instant } from '../../domain/time.ts'

export type Reservation =
  | { readonly status: 'allowed' }
  | { readonly status: 'blocked'; readonly until: Instant }

/**
 * Counts attempts, shared by every process on the database. Each operation is one atomic statement:
 * however many attempts arrive at once, no more get through than the policy allows.
 */
export interface AttemptRepository {
  /** Counts one failure in advance and lets it through, or blocks and changes nothing. */
  reserve(key: string, policy: AttemptPolicy, now: Instant): Promise<Reservation>
  /** Takes one reservation back, for an attempt that was none after all or did not fail. */
  refund(key: string): Promise<void>
  /** Forgets all failures of the key. */
  clear(key: string): Promise<void>
  /** Forgets all failures of the key, and of those that begin with it and a colon. */
  clearAll(key: string): Promise<void>
  /** Removes counts without a failure since `before`, except those that reached `closedAfter` failures. */
  purge(before: Instant, lockedAfter: number): Promise<void>
}
