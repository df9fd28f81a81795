import type { Instant, Milliseconds } from '../domain/time.ts'

/** Tells the time. Every instant the library works with comes from here. */
export interface Clock {
  now(): Instant
}

/** The machine's clock: the default, and the only place that reads it. */
export const systemClock: Clock = { now: () => Date.now() }

/** Measures how long something took. Nobody sets it, so it never goes back; it knows no date. */
export interface MonotonicClock {
  /** Milliseconds, and fractions of them, since some moment that only this clock knows. */
  now(): Milliseconds
}

/** The machine's: the default. */
export const systemMonotonicClock: MonotonicClock = { now: () => performance.now() }
