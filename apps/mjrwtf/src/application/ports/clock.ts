import type { Instant } from '../../domain/time.ts'

/** Tells the time. Every instant the app works with comes from here, or from the library's clock of the same shape. */
export interface Clock {
  now(): Instant
}
