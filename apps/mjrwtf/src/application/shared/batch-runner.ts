import type { Pace } from '../ports/pace.ts'

/** Deletes one batch of rows in one short statement. Returns whether there may be more. */
export type DeleteBatch = () => Promise<boolean>

/** Runs deletions of any size in short steps, one at a time, so that requests are served in between. */
export interface BatchRunner {
  /**
   * Runs each deletion until there is nothing left, in turns, also with those of other calls. A failing one does not stop
   * the others; the call rejects with the first failure at the end.
   */
  run(deletions: readonly DeleteBatch[]): Promise<void>
  /** Stops after the batch in progress. What remains is deleted after the next start. */
  close(): Promise<void>
}

/** A deletion of one call. */
interface Entry {
  readonly deletion: DeleteBatch
  readonly failures: unknown[]
  /** Called when nothing is left, or after `close`. */
  finish(): void
}

export function createBatchRunner({ pace }: { readonly pace: Pace }): BatchRunner {
  const waiting: Entry[] = []
  /** One loop for all calls: several would each wait as long as their own steps, and leave no time to requests. */
  let loop = Promise.resolve()
  let isRunning = false
  let isClosed = false

  async function runWaiting(): Promise<void> {
    isRunning = true
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      if (!isClosed && (await runBatch(entry))) waiting.push(entry)
      else entry.finish()
    }
    isRunning = false
  }

  function runBatch({ deletion, failures }: Entry): Promise<boolean> {
    return pace(deletion).catch((error: unknown) => {
      failures.push(error)
      return false
    })
  }

  return {
    async run(deletions) {
      const failures: unknown[] = []
      const finished = deletions.map((deletion) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.push({ deletion, failures, finish: resolve })
        return promise
      })
      if (!isRunning) loop = runWaiting()
      await Promise.all(finished)
      if (failures.length > 0) throw failures[0]
    },
    async close() {
      isClosed = true
      await loop
    },
  }
}
