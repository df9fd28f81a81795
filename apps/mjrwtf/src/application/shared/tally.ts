/** Counts per key. Each operation takes constant time, however many keys there are. */
export interface Tally {
  /** Adds one. */
  add(key: string): void
  /** Subtracts one. The key must have a count. */
  subtract(key: string): void
  /** 0 for an unknown key. */
  count(key: string): number
  /** A key with the highest count, or `null` if there is none. */
  max(): { readonly key: string; readonly count: number } | null
}

export function createTally(): Tally {
  const counts = new Map<string, number>()
  const keysByCount = new Map<number, Set<string>>()
  let highest = 0

  function move(key: string, from: number, to: number): void {
    const keys = keysByCount.get(from)
    keys?.delete(key)
    if (keys?.size === 0) keysByCount.delete(from)
    if (to === 0) counts.delete(key)
    else {
      counts.set(key, to)
      keysByCount.set(to, (keysByCount.get(to) ?? new Set()).add(key))
    }
    // Counts change by one, so the highest does too.
    if (to > highest || !keysByCount.has(highest)) highest = to
  }

  return {
    add(key) {
      const count = counts.get(key) ?? 0
      move(key, count, count + 1)
    },
    subtract(key) {
      const count = counts.get(key)
      if (count !== undefined) move(key, count, count - 1)
    },
    count: (key) => counts.get(key) ?? 0,
    max() {
      const [key] = keysByCount.get(highest) ?? []
      return key === undefined ? null : { key, count: highest }
    },
  }
}
