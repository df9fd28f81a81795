import type { EndedGrant, GrantStore, GrantSweep } from '../../ports/grant-store.ts'
import { anInstant } from '../builders.ts'

/** In the order of the ids, to compare results whose order is not stated. */
export function byId<Item extends { readonly id: string }>(
  items: readonly Item[],
): readonly Item[] {
  return items.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

/** Sweeps all pages and returns the grants that ended. */
export async function sweepGrants(
  store: GrantStore,
  sweep: Partial<GrantSweep> = {},
): Promise<readonly EndedGrant[]> {
  const { at = anInstant, limit = 100 } = sweep
  const ended: EndedGrant[] = []
  let cursor = sweep.cursor ?? null
  for (let calls = 0; calls < 1000; calls += 1) {
    const outcome = await store.endExpired({ at, limit, cursor })
    if (outcome.ended.length > limit) throw new Error('The sweep ended more than its limit')
    ended.push(...outcome.ended)
    if (outcome.next === null) return ended
    cursor = outcome.next
  }
  throw new Error('The sweep did not end after 1000 pages')
}
