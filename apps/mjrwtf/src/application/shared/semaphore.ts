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
  let running = 0

  /** Passes the slot to the next waiter instead of freeing it, so that no later caller can take it first. */
  function release(): void {
    const next = queue.shift()
    if (next === undefined) running -= 1
    else next()
  }

  async function acquire(): Promise<void> {
    if (running >= concurrency) return new Promise((resolve) => queue.push(resolve))
    running += 1
  }

  async function acquireAndRun<Result>(work: () => Promise<Result>): Promise<Result> {
    await acquire()
    try {
      return await work()
    } finally {
      release()
    }
  }

  return {
    run(work) {
      return running >= concurrency && queue.length >= maxQueued ? null : acquireAndRun(work)
    },
  }
}
