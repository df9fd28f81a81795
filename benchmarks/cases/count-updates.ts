import type { SessionStore } from 'coatcheck'

/** What is counted of the statements that record activity. */
export interface UpdateCounter {
  /** A store that does what the given one does. */
  readonly store: SessionStore
  /** Does something that writes activity out of turn, which is not counted. */
  uncounted(work: () => Promise<void>): Promise<void>
  statistics(): Readonly<Record<string, number>>
}

/** Counts how often activity is written, and how close together: one call is one statement. */
export function countUpdates(store: SessionStore): UpdateCounter {
  let statements = 0
  let lastAt = Number.NEGATIVE_INFINITY
  let minInterval = Number.POSITIVE_INFINITY
  let isCounting = true

  function count(): void {
    if (!isCounting) return
    const now = performance.now()
    statements += 1
    minInterval = Math.min(minInterval, now - lastAt)
    lastAt = now
  }

  return {
    store: {
      ...store,
      touch(activities, precision) {
        count()
        return store.touch(activities, precision)
      },
    },
    async uncounted(work) {
      isCounting = false
      await work()
      isCounting = true
    },
    statistics: () => ({
      activityStatements: statements,
      ...(Number.isFinite(minInterval) && { millisecondsApart: Math.round(minInterval) }),
    }),
  }
}
