/** The part of a map that its users need. */
export interface RecentMap<Value> {
  get(key: string): Value | undefined
  /** Counts as the latest use of the key. */
  set(key: string, value: Value): void
  delete(key: string): void
}

/**
 * A map that keeps at least the `capacity` keys that were set last, and at most twice as many. It drops
 * the older half at once: finding the oldest key of a `Map` takes longer the more were deleted.
 */
export function createRecentMap<Value>(capacity: number): RecentMap<Value> {
  let newer = new Map<string, Value>()
  let older = new Map<string, Value>()

  return {
    get: (key) => newer.get(key) ?? older.get(key),
    set(key, value) {
      // Copied, because a slice of a header would keep the whole header in memory.
      newer.set(Buffer.from(key, 'latin1').toString('latin1'), value)
      if (newer.size < capacity) return
      older = newer
      newer = new Map()
    },
    delete(key) {
      newer.delete(key)
      older.delete(key)
    },
  }
}
