import { isDeepStrictEqual } from 'node:util'
import type { PlannedFault } from './fault.ts'
import type { Cluster, Recorded } from './run-work.ts'
import type { ChaosReport, ChaosSubject } from './subject.ts'
import { startWorkerProcess } from './worker-process.ts'

/** Starts the workers of a subject. */
export async function startCluster(
  { workerFile, database, parameters = {}, databaseFaults = {} }: ChaosSubject,
  workers: number,
): Promise<Cluster & AsyncDisposable> {
  const options = { file: workerFile, database, parameters }
  const started = await Promise.all(
    Array.from({ length: workers }, () => startWorkerProcess(options)),
  )
  await Promise.all(started.map((worker) => worker.start()))
  return {
    workers: started,
    databaseFaults,
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((worker) => worker[Symbol.asyncDispose]()))
    },
  }
}

/** Returns what a history adds to the report. */
export function summarize(
  recorded: readonly Recorded<unknown>[],
  faults: readonly PlannedFault[],
): Partial<ChaosReport> {
  const counts: Record<string, number> = {}
  for (const fault of faults) {
    const name = fault.type === 'database' ? fault.name : fault.type
    counts[name] = (counts[name] ?? 0) + 1
  }
  const answered = recorded.filter(({ outcome }) => outcome.status === 'answered').length
  const operations = recorded.length
  return { operations, answered, unknown: operations - answered, faults: counts }
}

/** Throws for an operation that failed otherwise than by a failure of the store. */
export function requireRightFailures(recorded: readonly Recorded<unknown>[]): void {
  for (const { outcome, operation } of recorded) {
    if (outcome.status === 'failed' && !outcome.failure.isStoreFailure) {
      const details = JSON.stringify(operation, withBytes)
      throw new Error(`Wrong failure of ${details}: ${outcome.failure.message}`)
    }
  }
}

function withBytes(_: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? `${value.byteLength} bytes` : value
}

/** Whether a value is one of the items. */
export function includesEqual(items: readonly unknown[], value: unknown): boolean {
  return items.some((item) => isDeepStrictEqual(item, value))
}
