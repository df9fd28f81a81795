import { createSemaphore, type Semaphore, type SemaphoreOptions } from './semaphore.ts'

/** Runs the work of one key in turn, however much of it is requested at once. Other keys do not wait for it. */
export interface Turns {
  /** Runs `work` when it is its turn, or returns `null` immediately if too much work of the key waits already. */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result> | null
}

interface Key {
  readonly semaphore: Semaphore
  pending: number
}

/** The options apply to each key. A key without work takes no memory. */
export function createTurns(options: SemaphoreOptions): Turns {
  const keys = new Map<string, Key>()

  function finish(name: string, key: Key): void {
    key.pending -= 1
    if (key.pending === 0) keys.delete(name)
  }

  return {
    run(name, work) {
      const key = keys.get(name) ?? { semaphore: createSemaphore(options), pending: 0 }
      const result = key.semaphore.run(work)
      if (result === null) return null
      key.pending += 1
      keys.set(name, key)
      return result.finally(() => finish(name, key))
    },
  }
}
