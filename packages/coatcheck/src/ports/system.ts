import { randomBytes } from 'node:crypto'
import type { ExpectedObject } from '../domain/options.ts'
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

/** A source of cryptographically secure random bytes. */
export interface RandomSource {
  /** Returns `count` new random bytes. */
  bytes(count: number): Uint8Array
}

/** What the option `clock` must be. */
export const expectedClock: ExpectedObject = {
  methods: ['now'],
  expected: 'an object with now()',
}

/** What the option `random` must be. */
export const expectedRandom: ExpectedObject = {
  methods: ['bytes'],
  expected: 'an object with bytes(count)',
}

/** The default: the operating system's generator (ASVS 5.0 V11.5.1). */
export const systemRandom: RandomSource = { bytes: (count) => randomBytes(count) }
