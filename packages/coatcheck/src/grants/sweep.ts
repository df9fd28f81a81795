import { requireInteger } from '../domain/options.ts'
import { type GrantsContext, reportExpired } from './context.ts'
import type { GrantSweepResult } from './grants.ts'

/** Grants per statement, unless the store sets `sweepBatch`. */
const defaultBatch = 1_000

/** Ends and purges grants in batches. Checks `shouldContinue` before each further batch. */
export function createGrantSweep(context: GrantsContext, shouldContinue: () => boolean) {
  const { store, clock, report, retention } = context
  const batch = requireInteger('store.sweepBatch', store.sweepBatch ?? defaultBatch, [1, 10_000])

  return async function sweep(): Promise<GrantSweepResult> {
    const at = clock.now()
    const expired = await endExpired(at)
    const purged = shouldContinue() ? await purge(at - retention) : 0
    return { expired, purged }
  }

  async function endExpired(at: number): Promise<number> {
    let count = 0
    let cursor: string | null = null
    do {
      const { ended, next } = await store.endExpired({ at, limit: batch, cursor })
      reportExpired(report, ended, at)
      count += ended.length
      cursor = next
    } while (cursor !== null && (await yieldToEventLoop()))
    return count
  }

  async function purge(endedBefore: number): Promise<number> {
    let count = 0
    let removed: number
    do {
      removed = await store.purge(endedBefore, batch)
      count += removed
    } while (removed === batch && (await yieldToEventLoop()))
    return count
  }

  /** Lets requests run between batches, also with a store that answers synchronously. */
  async function yieldToEventLoop(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve))
    return shouldContinue()
  }
}
