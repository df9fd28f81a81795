import { randomBytes } from 'node:crypto'

/** A source of cryptographically secure random bytes. */
export interface RandomSource {
  /** Returns `count` new random bytes. */
  bytes(count: number): Uint8Array
}

/** The default: the operating system's generator (ASVS 5.0 V11.5.1). */
export const systemRandom: RandomSource = { bytes: (count) => randomBytes(count) }
