import { createFairQueue } from './fair-queue.ts'

/** Turns in which clients use the event loop. */
export interface EventLoopTurns {
  /** Resolves when it is the client's turn: at once if no other has one in this round of the event loop. */
  take(client: string): Promise<void>
}

/**
 * Gives one turn in each round of the event loop, so that what need not wait is answered between any two. Clients are
 * served in turn, whatever one of them sends.
 */
export function createEventLoopTurns(): EventLoopTurns {
  // Bounded by the number of connections: each has one request at a time.
  const waiting = createFairQueue<() => void>({ max: Number.POSITIVE_INFINITY })
  let isTaken = false

  function giveNext(): void {
    const start = waiting.shift()
    isTaken = start !== null
    if (start === null) return
    setImmediate(giveNext)
    start()
  }

  return {
    take(client) {
      if (isTaken) return new Promise((resolve) => void waiting.push(resolve, client))
      isTaken = true
      setImmediate(giveNext)
      return Promise.resolve()
    },
  }
}
