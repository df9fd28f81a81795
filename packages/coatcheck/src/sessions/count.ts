import type { SessionStore } from '../ports/session-store.ts'

/** Sessions per statement. Only an index is read, so that a page takes less than a millisecond. */
const pageSize = 2_000

/** Counts the sessions that have not ended, in pages. Stops with `null` if it should not continue. */
export function createCount(store: SessionStore, shouldContinue: () => boolean) {
  return async function count(): Promise<number | null> {
    let total = 0
    let cursor: string | null = null
    do {
      const page = await countPage(store, cursor)
      if (page === null) return null
      total += page.count
      cursor = page.next
      // Lets requests run, also with a store that answers synchronously.
      await new Promise((resolve) => setImmediate(resolve))
    } while (cursor !== null && shouldContinue())
    return cursor === null ? total : null
  }
}

async function countPage(store: SessionStore, cursor: string | null) {
  return (await store.countUnended?.({ limit: pageSize, cursor })) ?? null
}
