import type { Instant } from '../domain/time.ts'

/** Tells the time. Every instant the library works with comes from here. */
export interface Clock {
  now(): Instant
}
