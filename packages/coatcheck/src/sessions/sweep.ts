import { minute } from '../domain/time.ts'
import type { SessionsContext } from './context.ts'
import { reportExpired } from './event-dispatcher.ts'
import { requireInteger } from './option-values.ts'
import type { SweepOutcome } from './sessions.ts'

/** Sessions looked at, or removed, in one statement, where the store does not say otherwise. */
const defaultBatch = 1_000

/** Activity that another process has yet to write is younger than this, or that process is gone. */
const idleGrace = minute

/** Makes the sweep; `mayGoOn` is asked before each further batch. */
export function createSweep<Data>(context: SessionsContext<Data>, shouldContinue: () => boolean) {
  const limit = requireInteger(
    'store.sweepBatch',
    context.store.sweepBatch ?? defaultBatch,
    [1, 10_000],
  )

  return async function sweep(): Promise<SweepOutcome> {
    const at = context.clock.now()
    const expired = await endExpired(at)
    return { expired, purged: shouldContinue() ? await purge(at - context.retention) : 0 }
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

  async function purge(endedBefore: number): Promise<number> {
    let count = 0
    let removed: number
    do {
      removed = await context.store.purge(endedBefore, limit)
      count += removed
    } while (removed === limit && (await yieldToEventLoop()))
    return count
  }

  /** Lets requests in between: a store that answers at once would not leave them a gap. */
  async function yieldToEventLoop(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve))
    return shouldContinue()
  }
}

/**
 * Calls `sweep` now and then, where no other process has begun one lately; `stop` ends that, and
 * waits for the one that runs.
 */
export function createSweepTimer<Data>(
  context: SessionsContext<Data>,
  sweep: () => Promise<unknown>,
) {
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  let running: Promise<void> = Promise.resolve()

  function start(): void {
    if (timer === null && !stopped) schedule()
  }

  function schedule(): void {
    timer = setTimeout(() => {
      running = run()
    }, jittered()).unref()
  }

  async function run(): Promise<void> {
    try {
      if (await claimSweep()) await sweep()
    } catch {
      context.report({ type: 'sweep-failed', at: context.clock.now() })
    }
    if (!stopped) schedule()
  }

  async function claimSweep(): Promise<boolean> {
    const { store, clock, sweepInterval } = context
    // Less than the shortest pause of ours: nobody is kept back by a sweep of their own.
    const interval = Math.floor(sweepInterval * 0.8)
    return (await store.claimSweep?.({ at: clock.now(), interval })) ?? true
  }

  /** Up to a tenth earlier or later, so that many nodes started at once do not sweep at once. */
  function jittered(): number {
    const [byte = 128] = context.random.bytes(1)
    return Math.round(context.sweepInterval * (0.9 + (0.2 * byte) / 255))
  }

  function stop(): Promise<void> {
    stopped = true
    if (timer !== null) clearTimeout(timer)
    return running
  }

  return { start, stop }
}
