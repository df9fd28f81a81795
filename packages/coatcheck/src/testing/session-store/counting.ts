import { expect } from 'vitest'
import type { SessionStore } from '../../ports/session-store.ts'
import { aSessionRecord } from '../builders.ts'
import { anEnding, insertAll } from '../fixtures.ts'
import { type OpenedSessionStore, sessionStoreCases } from './case.ts'

function findMissing({ store }: OpenedSessionStore): string | null {
  return store.countUnended === undefined ? 'the store has no `countUnended`' : null
}

/** The pages of a count with this limit. */
async function countAll(store: SessionStore, limit: number): Promise<readonly number[]> {
  const counts: number[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Required<SessionStore>['countUnended']>> =
      (await store.countUnended?.({ limit, cursor })) ?? null
    if (page === null) return []
    counts.push(page.count)
    cursor = page.next
  } while (cursor !== null)
  return counts
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

export const countingCases = sessionStoreCases(
  'counting',
  {
    async 'countUnended counts every session that has not ended, whatever the limit'({
      store,
      second,
    }) {
      expect(sum(await countAll(store, 10))).toBe(0)
      const records = Array.from({ length: 7 }, () => aSessionRecord())
      await insertAll(store, records)
      for (const { id } of records.slice(5)) await store.end(id, anEnding())
      for (const limit of [1, 2, 5, 6, 10_000]) expect(sum(await countAll(second, limit))).toBe(5)
    },

    async 'countUnended counts at most the limit per page'({ store }) {
      await insertAll(
        store,
        Array.from({ length: 7 }, () => aSessionRecord()),
      )
      const counts = await countAll(store, 3)
      expect(Math.max(...counts)).toBe(3)
    },

    async 'countUnended counts a session past its timeouts that no sweep has ended'({ store }) {
      await insertAll(store, [aSessionRecord({ expiresAt: 0, lastActivityAt: 0 })])
      expect(sum(await countAll(store, 10))).toBe(1)
    },
  },
  findMissing,
)
