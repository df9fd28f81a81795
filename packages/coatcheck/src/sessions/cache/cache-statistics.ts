import type { Milliseconds } from '../../domain/time.ts'

/** What the verification cache has done since it was made. Counters only go up. */
export interface CacheStatistics {
  /** Verifications told from memory. */
  readonly hits: number
  /** Verifications that asked the store: not in memory, no lease, not a plain yes, or `fresh`. */
  readonly misses: number
  /** Of the misses, those that shared the read of another. */
  readonly coalescedReads: number
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
  readonly max: Milliseconds
  /** How many took no longer than `upTo` milliseconds; the shorter ones are counted in each. */
  readonly buckets: readonly { readonly upperBound: Milliseconds; readonly count: number }[]
}

const upperBounds: readonly Milliseconds[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000,
]

/** Counts delays. */
export function createHistogram() {
  const counts = upperBounds.map(() => 0)
  let count = 0
  let total = 0
  let max = 0

  return {
    observe(delay: Milliseconds): void {
      count += 1
      total += delay
      max = Math.max(max, delay)
      upperBounds.forEach((upperBound, index) => {
        if (delay <= upperBound) counts[index] = (counts[index] ?? 0) + 1
      })
    },
    statistics: (): DelayStatistics => ({
      count,
      total,
      max,
      buckets: upperBounds.map((upperBound, index) => ({ upperBound, count: counts[index] ?? 0 })),
    }),
  }
}
