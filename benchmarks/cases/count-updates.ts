import type { SessionStore } from 'coatcheck'

/** Counts the statements that record activity. */
export interface UpdateCounter {
  /** A store that forwards to the given one and counts. */
  readonly store: SessionStore
  /** Runs an operation whose activity writes are not counted. */
  uncounted(work: () => Promise<void>): Promise<void>
  statistics(): Readonly<Record<string, number>>
}

/** Counts activity writes and the time between them; one call is one statement. */
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
