import { createEventLoopTurns } from '../../application/shared/event-loop-turns.ts'
import { createFairQueue } from '../../application/shared/fair-queue.ts'
import { createSlots } from '../../application/shared/slots.ts'
import type { Milliseconds } from '../../domain/time.ts'

/** Limits the hashes that run at once, with a bounded queue that serves its clients in turn. */
export interface HashQueue {
  /** Runs `work` when a slot is free. Resolves to `null` without running it if too much is queued or it waited too long. */
  run<Result>(client: string, work: () => Promise<Result>): Promise<Result | null>
}

export interface HashQueueOptions {
  readonly concurrency: number
  readonly maxQueued: number
  /** Maximum time in the queue. */
  readonly maxWait: Milliseconds
}

/** Receives whether the slot is its own. */
type Waiter = (isGranted: boolean) => void

export function createHashQueue(options: HashQueueOptions): HashQueue {
  const { concurrency, maxQueued, maxWait } = options
  const queue = createFairQueue<Waiter>({ max: maxQueued })
  const turns = createEventLoopTurns()
  const slots = createSlots({ concurrency, nextWaiter })

  function nextWaiter(): (() => void) | null {
    const next = queue.shift()
    return next === null ? null : () => next(true)
  }

  /** Resolves to whether there is a slot. */
  async function wait(client: string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const pushed = queue.push(resolve, client)
    if (pushed.status === 'full') return false
    pushed.rejected?.(false)
    const timer = setTimeout(async () => {
      queue.remove(resolve)
      // Requests that arrived together time out together, and each answer needs the event loop.
      await turns.take(client)
      resolve(false)
    }, maxWait)
    const isGranted = await promise
    clearTimeout(timer)
    return isGranted
  }

  return {
    async run(client, work) {
      const hasSlot = slots.take() || (await wait(client))
      return hasSlot ? slots.use(work) : null
    },
  }
}
