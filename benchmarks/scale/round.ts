import { performance } from 'node:perf_hooks'
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { difference, type Meter } from './meter.ts'

/** Operations of a round, numbered from 0, with all input prepared. */
export interface Workload {
  readonly operations: number
  /** Concurrent operations. */
  readonly inFlight: number
  run(index: number): Promise<void>
  /** Completes deferred work of the operations, such as writing activity. */
  flush?(): Promise<void>
}

export interface Round {
  /** Milliseconds per operation. */
  readonly latencies: readonly number[]
  /** Per operation: microseconds of CPU time, and bytes. */
  readonly serverCpu: number
  readonly databaseCpu: number
  readonly read: number
  readonly readFromDisk: number
  readonly perSecond: number
}

/** Operations after which the event loop handles timers, sockets and signals, as in a server. */
const yieldInterval = 100

export async function runRound(meter: Meter, workload: Workload): Promise<Round> {
  const latencies: number[] = []
  let next = 0

  async function work(): Promise<void> {
    while (next < workload.operations) {
      const index = next++
      const start = performance.now()
      await workload.run(index)
      latencies.push(performance.now() - start)
      if (index % yieldInterval === 0) await yieldToEventLoop()
    }
  }

  const before = meter.read()
  await Promise.all(Array.from({ length: workload.inFlight }, work))
  await workload.flush?.()
  const spent = difference(before, meter.read())
  const perOperation = (total: number): number => total / workload.operations
  return {
    latencies,
    serverCpu: perOperation(spent.serverCpu * 1_000),
    databaseCpu: perOperation(spent.databaseCpu * 1_000),
    read: perOperation(spent.read),
    readFromDisk: perOperation(spent.readFromDisk),
    perSecond: workload.operations / (spent.at / 1_000),
  }
}
