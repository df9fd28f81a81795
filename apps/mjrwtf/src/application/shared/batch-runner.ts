import type { Pace } from '../ports/pace.ts'

/** Deletes one batch of rows in one short statement. Returns whether there may be more. */
export type DeleteBatch = () => Promise<boolean>

/** Runs deletions of any size in short steps, so that requests are served in between. */
export interface BatchRunner {
  /**
   * Runs each deletion until there is nothing left, in turns. A failing one does not stop the others; the call rejects
   * with the first failure at the end.
   */
  run(deletions: readonly DeleteBatch[]): Promise<void>
  /** Stops after the batches in progress. What remains is deleted after the next start. */
  close(): Promise<void>
}

export function createBatchRunner({ pace }: { readonly pace: Pace }): BatchRunner {
  const running = new Set<Promise<void>>()
  let isClosed = false

  async function runInTurns(deletions: readonly DeleteBatch[]): Promise<void> {
    const failures: unknown[] = []
    let remaining = deletions
    while (remaining.length > 0) remaining = await runTurn(remaining, failures)
    if (failures.length > 0) throw failures[0]
  }

  /** Runs one batch of each deletion. Returns those that may have more, or none after `close`. */
  async function runTurn(deletions: readonly DeleteBatch[], failures: unknown[]) {
    const remaining: DeleteBatch[] = []
    for (const deletion of deletions) {
      if (isClosed) return []
      const mayHaveMore = await pace(deletion).catch((error: unknown) => {
        failures.push(error)
        return false
      })
      if (mayHaveMore) remaining.push(deletion)
    }
    return remaining
  }

  return {
    run(deletions) {
      const run = runInTurns(deletions).finally(() => running.delete(run))
      running.add(run)
      return run
    },
    async close() {
      isClosed = true
      await Promise.allSettled(running)
    },
  }
}
