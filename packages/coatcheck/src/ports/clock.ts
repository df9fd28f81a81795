import type { Instant, Milliseconds } from '../domain/time.ts'

/** The source of every instant that the library uses. */
export interface Clock {
  now(): Instant
}

/** The default: the system clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** Measures durations. Cannot be set, so it never goes back; it has no date. */
export interface MonotonicClock {
  /** Milliseconds, with fractions, since an arbitrary instant. */
  now(): Milliseconds
}

/** The default. */
export const systemMonotonicClock: MonotonicClock = { now: () => performance.now() }
