import { performance } from 'node:perf_hooks'
import { setImmediate as breathe } from 'node:timers/promises'
import { difference, type Meter } from './meter.ts'

/** Operations to do, numbered from 0; everything they need is prepared. */
export interface Workload {
  readonly operations: number
  /** Operations under way at once. */
  readonly inFlight: number
  run(index: number): Promise<void>
  /** What is still owed when all have been done, such as activity to be written. */
  settle?(): Promise<void>
}

export interface Round {
  /** Milliseconds each operation took. */
  readonly latencies: readonly number[]
  /** Per operation: microseconds on a CPU, and bytes. */
  readonly serverCpu: number
  readonly databaseCpu: number
  readonly read: number
  readonly readFromDisk: number
  readonly perSecond: number
}

/** Operations after which timers, sockets and signals have their turn, as they have in a server. */
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
      if (index % yieldInterval === 0) await breathe()
    }
  }

  const before = meter.read()
  await Promise.all(Array.from({ length: workload.inFlight }, work))
  await workload.settle?.()
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
