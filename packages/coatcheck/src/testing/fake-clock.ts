import type { Instant, Milliseconds } from '../domain/time.ts'
import type { Clock } from '../ports/system.ts'
import { anInstant } from './builders.ts'

/** A clock that moves only by `set` and `advance`. */
export interface FakeClock extends Clock {
  /** Sets the clock to an instant, which may be earlier. */
  set(instant: Instant): void
  /** Moves the clock forward by a duration. */
  advance(length: Milliseconds): void
}

/** Creates a clock that stays at `start` (default: 2026-01-15T09:30:00.123Z). */
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
