import { performance } from 'node:perf_hooks'
import { setImmediate as breathe } from 'node:timers/promises'
import { difference, type Meter } from './meter.ts'

/** Operations to do, numbered from 0; everything they need is prepared. */
export interface Workload {
  readonly operations: number
  /** Operations under way at once. */
  readonly inFlight: number
  act(index: number): Promise<void>
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
const breath = 100

export async function runRound(meter: Meter, workload: Workload): Promise<Round> {
  const latencies: number[] = []
  let next = 0

  async function work(): Promise<void> {
    while (next < workload.operations) {
      const index = next++
      const start = performance.now()
      await workload.act(index)
      latencies.push(performance.now() - start)
      if (index % breath === 0) await breathe()
    }
  }

  const before = meter.read()
  await Promise.all(Array.from({ length: workload.inFlight }, work))
  await workload.settle?.()
  const spent = difference(before, meter.read())
  const each = (total: number): number => total / workload.operations
  return {
    latencies,
    serverCpu: each(spent.serverCpu * 1_000),
    databaseCpu: each(spent.databaseCpu * 1_000),
    read: each(spent.read),
    readFromDisk: each(spent.readFromDisk),
    perSecond: workload.operations / (spent.at / 1_000),
  }
}
