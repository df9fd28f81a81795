import { setTimeout } from 'node:timers/promises'
import { quantileOf } from '../report/statistics.ts'
import { createAgent, send } from './requests.ts'

/** Latencies in ms. */
export interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** Requests that failed. */
  readonly failed: number
}

export interface Probe {
  readonly port: number
  readonly path: string
  readonly expectedStatus: number
  /** Of a signed-in user. */
  readonly cookies?: string
}

/** Time between two requests, in ms. */
const interval = 20
/** Time after which a request counts as failed, in ms. */
const timeout = 90_000

/**
 * Starts a request every 20 ms until `stop` resolves, whether or not earlier ones were answered, so that a pause delays
 * every request due in it.
 */
export async function measureLatencies(probe: Probe, stop: Promise<unknown>): Promise<Latencies> {
  const agent = createAgent()
  const pending: Promise<number | null>[] = []
  let isRunning = true
  const stopped = stop.finally(() => {
    isRunning = false
  })
  for (let dueAt = performance.now(); isRunning; dueAt += interval) {
    await setTimeout(Math.max(0, dueAt - performance.now()))
    pending.push(timeRequest(probe, dueAt, agent))
  }
  await stopped
  const results = await Promise.all(pending)
  agent.destroy()
  return summarize(results)
}

/** From the instant at which the request was due. `null` if it failed. */
async function timeRequest(
  { port, path, expectedStatus, cookies }: Probe,
  dueAt: number,
  agent: ReturnType<typeof createAgent>,
): Promise<number | null> {
  const late = setTimeout(timeout, null, { ref: false })
  const headers = cookies === undefined ? {} : { Cookie: cookies }
  const answer = await Promise.race([send(port, path, { agent, headers }).catch(() => null), late])
  return answer?.status === expectedStatus ? performance.now() - dueAt : null
}

function summarize(results: readonly (number | null)[]): Latencies {
  const latencies = results.filter((latency) => latency !== null)
  return {
    p50: quantileOf(latencies, 0.5),
    p99: quantileOf(latencies, 0.99),
    max: Math.max(...latencies),
    failed: results.length - latencies.length,
  }
}
