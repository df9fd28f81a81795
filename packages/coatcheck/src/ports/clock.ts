import type { Instant } from '../domain/time.ts'

/** Tells the time. Every instant the library works with comes from here. */
export interface Clock {
  now(): Instant
}

/** The machine's clock: the default, and the only place that reads it. */
export const systemClock: Clock = { now: () => Date.now() }
