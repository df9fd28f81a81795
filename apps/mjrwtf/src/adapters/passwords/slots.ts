/** Lets a few run at once and a bounded number wait their turn, in the order they came. */
export interface Slots {
  /** Runs `work` in its turn, or answers `null` at once when too many wait already. */
  run<Result>(work: () => Promise<Result>): Promise<Result> | null
}

export interface SlotsOptions {
  readonly atOnce: number
  readonly waiting: number
}

export function createSlots({ atOnce, waiting }: SlotsOptions): Slots {
  const queue: (() => void)[] = []
  let running = 0

  /** A place is handed on rather than given back: nobody can slip in between. */
  function leave(): void {
    const next = queue.shift()
    if (next === undefined) running -= 1
    else next()
  }

  async function enter(): Promise<void> {
    if (running >= atOnce) return new Promise((resolve) => queue.push(resolve))
    running += 1
  }

  async function runInTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }

  return {
    run(work) {
      return running >= atOnce && queue.length >= waiting ? null : runInTurn(work)
    },
  }
}
