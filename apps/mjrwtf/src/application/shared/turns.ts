import type { Pace } from '../ports/pace.ts'
import { createSemaphore, type Semaphore, type SemaphoreOptions } from './semaphore.ts'

/** Runs the work of one key in turn, however much of it is requested at once. Other keys do not wait for it. */
export interface Turns {
  /** Runs `work` when it is its turn, or returns `null` immediately if too much work of the key waits already. */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result> | null
}

export interface TurnsOptions extends SemaphoreOptions {
  /** Pauses after each turn, so that one key never takes all of the time. */
  readonly pace: Pace
}

interface Key {
  readonly semaphore: Semaphore
  turns: number
}

/** The options apply to each key. A key without work takes no memory. */
export function createTurns({ pace, ...options }: TurnsOptions): Turns {
  const keys = new Map<string, Key>()

  function finish(name: string, key: Key): void {
    key.turns -= 1
    if (key.turns === 0) keys.delete(name)
  }

  return {
    run<Result>(name: string, work: () => Promise<Result>) {
      const key = keys.get(name) ?? { semaphore: createSemaphore(options), turns: 0 }
      const { promise: result, resolve, reject } = Promise.withResolvers<Result>()
      // The result does not wait for the pause.
      const turn = key.semaphore.run(() => pace(() => work().then(resolve, reject)))
      if (turn === null) return null
      key.turns += 1
      keys.set(name, key)
      void turn.finally(() => finish(name, key))
      return result
    },
  }
}
