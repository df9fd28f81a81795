import { randomBytes } from 'node:crypto'

/** Gives unpredictable bytes, fit for keys and tokens. */
export interface RandomSource {
  /** Returns `count` fresh random bytes. */
  bytes(count: number): Uint8Array
}

/** The operating system's generator (ASVS 5.0 V11.5.1): the default, and the only place that asks it. */
export const systemRandom: RandomSource = { bytes: (count) => randomBytes(count) }
