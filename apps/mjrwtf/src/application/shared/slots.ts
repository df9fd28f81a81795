/** The slots of work that may run at once. Those that wait for one are queued by the caller. */
export interface Slots {
  areTaken(): boolean
  /** Takes a slot. Returns whether one was free. */
  take(): boolean
  /**
   * Runs `work` in a slot that was taken. Then passes the slot to the next waiter instead of freeing it, so that no later
   * caller can take it first.
   */
  use<Result>(work: () => Promise<Result>): Promise<Result>
}

export interface SlotsOptions {
  readonly concurrency: number
  /** Removes the next waiter from its queue. It is called once it has a slot. */
  nextWaiter(): (() => void) | null
}

export function createSlots({ concurrency, nextWaiter }: SlotsOptions): Slots {
  let taken = 0

  function pass(): void {
    const next = nextWaiter()
    if (next === null) taken -= 1
    else next()
  }

  return {
    areTaken: () => taken >= concurrency,
    take() {
      if (taken >= concurrency) return false
      taken += 1
      return true
    },
    async use(work) {
      try {
        return await work()
      } finally {
        pass()
      }
    },
  }
}
