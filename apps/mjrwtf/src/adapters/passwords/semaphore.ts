/** Lets a few run at once and a bounded number wait their turn, in the order they came. */
export interface Semaphore {
  /** Runs `work` in its turn, or answers `null` at once when too many wait already. */
  run<Result>(work: () => Promise<Result>): Promise<Result> | null
}

export interface SemaphoreOptions {
  readonly concurrency: number
  readonly maxQueued: number
}

export function createSemaphore({ concurrency, maxQueued }: SemaphoreOptions): Semaphore {
  const queue: (() => void)[] = []
  let running = 0

  /** A place is handed on rather than given back: nobody can slip in between. */
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
