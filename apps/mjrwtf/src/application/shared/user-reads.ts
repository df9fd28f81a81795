import type { Pace } from '../ports/pace.ts'
import { createSemaphore, type Semaphore, type SemaphoreOptions } from './semaphore.ts'

/** Runs the reads of a user in turn, however many are requested at once. Other users do not wait for them. */
export interface UserReads {
  /** Runs `work` when it is its turn, or returns `null` immediately if too many reads of the user wait already. */
  run<Result>(user: string, work: () => Promise<Result>): Promise<Result> | null
}

export interface UserReadsOptions extends SemaphoreOptions {
  /** Pauses after each read, so that one user never takes all of the time. */
  readonly pace: Pace
}

interface Reader {
  readonly semaphore: Semaphore
  reads: number
}

/** The options apply to each user. A user without reads takes no memory. */
export function createUserReads({ pace, ...options }: UserReadsOptions): UserReads {
  const readers = new Map<string, Reader>()

  function finish(user: string, reader: Reader): void {
    reader.reads -= 1
    if (reader.reads === 0) readers.delete(user)
  }

  return {
    run<Result>(user: string, work: () => Promise<Result>) {
      const reader = readers.get(user) ?? { semaphore: createSemaphore(options), reads: 0 }
      const { promise: result, resolve, reject } = Promise.withResolvers<Result>()
      // The result does not wait for the pause.
      const turn = reader.semaphore.run(() => pace(() => work().then(resolve, reject)))
      if (turn === null) return null
      reader.reads += 1
      readers.set(user, reader)
      void turn.finally(() => finish(user, reader))
      return result
    },
  }
}
