import type { Instant, Milliseconds } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import { anInstant } from './builders.ts'

/** A clock that moves only when it is told to. */
export interface FakeClock extends Clock {
  /** Moves the clock to an instant, backwards too. */
  set(instant: Instant): void
  /** Moves the clock forward by a length of time. */
  advance(length: Milliseconds): void
}

/** Creates a clock that stands still at `start` (default: 2026-01-15T09:30:00.123Z). */
export function createFakeClock(start: Instant = anInstant): FakeClock {
  let current = start
  return {
    now: () => current,
    set(instant) {
      current = instant
    },
    advance(length) {
      current += length
    },
  }
}
