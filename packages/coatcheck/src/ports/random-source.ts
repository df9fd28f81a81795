/** Gives unpredictable bytes, fit for keys and tokens. */
export interface RandomSource {
  /** Returns `count` fresh random bytes. */
  bytes(count: number): Uint8Array
}
