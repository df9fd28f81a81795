import { setTimeout as wait } from 'node:timers/promises'
import { systemMonotonicClock } from 'coatcheck'
import { difference } from '../meter.ts'
import { openChannel } from './database.ts'
import type { PostgresEngine } from './engine.ts'

export interface HeartbeatFigures {
  /** Concurrent subscriptions: one per process of an app with a session cache. */
  readonly processes: number
  /** Cores of the database used by their heartbeats. */
  readonly databaseCores: number
  /** Cores of this process used by all of them together. */
  readonly serverCores: number
}

const leaseDuration = 2_000
/** The library sends four per lease. */
const interval = leaseDuration / 4
const heartbeatRounds = 8

/** Measures the cost of heartbeats of all processes, without revocations. */
export async function measureHeartbeats(
  engine: PostgresEngine,
): Promise<readonly HeartbeatFigures[]> {
  const figures: HeartbeatFigures[] = []
  for (const processes of [1, 10, 50, 100]) figures.push(await measureProcesses(engine, processes))
  return figures
}

async function measureProcesses(
  { main, meter }: PostgresEngine,
  processes: number,
): Promise<HeartbeatFigures> {
  const channel = openChannel(main.url)
  const subscriptionOptions = {
    listener: withoutListener,
    clock: systemMonotonicClock,
    leaseDuration,
  }
  const subscriptions = Array.from({ length: processes }, () =>
    channel.subscribe(subscriptionOptions),
  )
  try {
    while (subscriptions.some((each) => each.freshAsOf() === Number.NEGATIVE_INFINITY)) {
      await wait(50)
    }
    const before = meter.read()
    for (let count = 0; count < heartbeatRounds; count++) {
      for (const each of subscriptions) {
        each.requestHeartbeat()
        // Heartbeats of processes are not synchronized.
        await wait(interval / processes)
      }
    }
    const { at, databaseCpu, serverCpu } = difference(before, meter.read())
    return { processes, databaseCores: databaseCpu / at, serverCores: serverCpu / at }
  } finally {
    await Promise.all(subscriptions.map((each) => each.close()))
  }
}

const withoutListener = { onChange() {}, onReset() {}, onLatency() {}, onInterrupted() {} }
