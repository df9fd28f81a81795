import { requireInteger } from '../domain/options.ts'
import { expiredPendingSignInRetention } from '../domain/pending-sign-in.ts'
import { idleGrace } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { unref } from '../ports/unref.ts'
import { createClockCheck } from './clock-check.ts'
import { reportExpired, type SessionsContext } from './context.ts'
import type { SweepOutcome } from './sessions.ts'

/** Sessions per statement, unless the store sets `sweepBatch`. */
const defaultBatch = 1_000

/** Ends and purges sessions in batches. Checks `shouldContinue` before each further batch. */
export function createSweep<Data>(context: SessionsContext<Data>, shouldContinue: () => boolean) {
  const { sweepBatch = defaultBatch } = context.store
  const limit = requireInteger('store.sweepBatch', sweepBatch, [1, 10_000])

  return async function sweep(): Promise<SweepOutcome> {
    const at = context.clock.now()
    const expired = await endExpired(at)
    const purged = shouldContinue() ? await removeAll('purge', at - context.retention) : 0
    const pendingBefore = at - expiredPendingSignInRetention
    if (shouldContinue()) await removeAll('purgePendingSignIns', pendingBefore)
    return { expired, purged }
  }

  async function endExpired(at: number): Promise<number> {
    let count = 0
    let cursor: string | null = null
    do {
      const batch = { at, idleGrace, limit, cursor }
      const { ended, next } = await context.store.endExpired(batch)
      reportExpired(context.report, ended, at)
      count += ended.length
      cursor = next
    } while (cursor !== null && (await yieldToEventLoop()))
    return count
  }

  async function removeAll(
    operation: 'purge' | 'purgePendingSignIns',
    before: Instant,
  ): Promise<number> {
    let count = 0
    let removed: number
    do {
      removed = await context.store[operation](before, limit)
      count += removed
    } while (removed === limit && (await yieldToEventLoop()))
    return count
  }

  /** Lets requests run between batches, also with a store that answers synchronously. */
  async function yieldToEventLoop(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve))
    return shouldContinue()
  }
}

/**
 * Calls `sweep` at every interval, unless another process has started one. `stop` waits for a sweep
 * in progress.
 */
export function createSweepTimer<Data>(
  context: SessionsContext<Data>,
  sweep: () => Promise<unknown>,
) {
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  const checkClock = createClockCheck(context)

  function start(): void {
    if (timer !== null || stopped) return
    running = checkClock()
    schedule()
  }

  function schedule(): void {
    timer = unref(
      setTimeout(() => {
        running = run()
      }, jittered(context)),
    )
  }

  async function run(): Promise<void> {
    // In every process: each has its own clock.
    await checkClock()
    try {
      if (await claimSweep()) await sweep()
    } catch {
      context.report({ type: 'sweep-failed', at: context.clock.now() })
    }
    if (!stopped) schedule()
  }

  async function claimSweep(): Promise<boolean> {
    const { store, clock, sweepInterval } = context
    // Less than the shortest jittered interval, so that a process is not blocked by its own sweep.
    const interval = Math.floor(sweepInterval * 0.8)
    return (await store.claimSweep?.({ at: clock.now(), interval })) ?? true
  }

  function stop(): Promise<void> {
    stopped = true
    if (timer !== null) clearTimeout(timer)
    return running
  }

  return { start, stop }
}

/** Shifted by up to a tenth: processes that start together should not sweep together. */
function jittered<Data>({ random, sweepInterval }: SessionsContext<Data>): number {
  const [byte = 128] = random.bytes(1)
  return Math.round(sweepInterval * (0.9 + (0.2 * byte) / 255))
}
