import type { Milliseconds } from '../domain/time.ts'

/** What the verification cache has done since it was made. Counters only go up. */
export interface CacheStatistics {
  /** Verifications told from memory. */
  readonly hits: number
  /** Verifications that asked the store: not in memory, no lease, not a plain yes, or `fresh`. */
  readonly misses: number
  /** Of the misses, those that shared the read of another. */
  readonly sharedReads: number
  /** Whether memory might answer when it was last asked. */
  readonly leaseHeld: boolean
  /** How often it might and then no longer might. */
  readonly leaseLosses: number
  /** Sessions dropped because something changed them. */
  readonly invalidations: number
  /** Sessions dropped to make room. */
  readonly evictions: number
  /** Sessions in memory now. */
  readonly entries: number
  /** What they take, by estimate. */
  readonly bytes: number
  /**
   * How long words of the channel took to get here; none where a look at the database is enough.
   */
  readonly propagation: DelayStatistics
}

/** Delays, counted as Prometheus counts a histogram. */
export interface DelayStatistics {
  readonly count: number
  /** Sum of all delays, in milliseconds. */
  readonly total: Milliseconds
  readonly longest: Milliseconds
  /** How many took no longer than `upTo` milliseconds; the shorter ones are counted in each. */
  readonly buckets: readonly { readonly upTo: Milliseconds; readonly count: number }[]
}

const bounds: readonly Milliseconds[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]

/** Counts delays. */
export function createDelayCounter() {
  const counts = bounds.map(() => 0)
  let count = 0
  let total = 0
  let longest = 0

  return {
    note(delay: Milliseconds): void {
      count += 1
      total += delay
      longest = Math.max(longest, delay)
      bounds.forEach((upTo, index) => {
        if (delay <= upTo) counts[index] = (counts[index] ?? 0) + 1
      })
    },
    statistics: (): DelayStatistics => ({
      count,
      total,
      longest,
      buckets: bounds.map((upTo, index) => ({ upTo, count: counts[index] ?? 0 })),
    }),
  }
}
