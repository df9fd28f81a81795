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
  let last = Number.NEGATIVE_INFINITY
  let shortest = Number.POSITIVE_INFINITY
  let counts = true

  function note(): void {
    if (!counts) return
    const now = performance.now()
    statements += 1
    shortest = Math.min(shortest, now - last)
    last = now
  }

  return {
    store: {
      ...store,
      touch(activities, precision) {
        note()
        return store.touch(activities, precision)
      },
    },
    async uncounted(work) {
      counts = false
      await work()
      counts = true
    },
    statistics: () => ({
      activityStatements: statements,
      ...(Number.isFinite(shortest) && { millisecondsApart: Math.round(shortest) }),
    }),
  }
}
