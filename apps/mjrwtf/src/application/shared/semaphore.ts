import { createSlots } from './slots.ts'

/** Limits concurrency, with a bounded first-in, first-out queue. */
export interface Semaphore {
  /** Runs `work` when a slot is free, or returns `null` immediately if the queue is full. */
  run<Result>(work: () => Promise<Result>): Promise<Result> | null
}

export interface SemaphoreOptions {
  readonly concurrency: number
  readonly maxQueued: number
}

export function createSemaphore({ concurrency, maxQueued }: SemaphoreOptions): Semaphore {
  const queue: (() => void)[] = []
  const slots = createSlots({ concurrency, nextWaiter: () => queue.shift() ?? null })

  async function acquireAndRun<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!slots.take()) await new Promise<void>((resolve) => queue.push(resolve))
    return slots.use(work)
  }

  return {
    run: (work) => (slots.areTaken() && queue.length >= maxQueued ? null : acquireAndRun(work)),
  }
}
