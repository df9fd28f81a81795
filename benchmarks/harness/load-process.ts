import { bodyFor, measuredPath } from '../cases/answer.ts'
import { respondToParent } from './child.ts'
import type { LoadOrder, LoadResult } from './load.ts'
import { createConnection } from './load-connection.ts'
import { userAgent } from './sign-in.ts'

/** Requests to one server, one per session. */
interface Prepared {
  /** Index of the next session: a run continues where the previous one ended. */
  next: number
  readonly requests: readonly Buffer[]
  readonly bodies: readonly string[]
}

const prepared = new Map<string, Prepared>()

respondToParent<LoadOrder>(async (order) => {
  if (order.command === 'prepare') {
    const requests = order.credentials.map(({ cookie }) => requestWith(cookie))
    const bodies = order.credentials.map(({ userId }) => bodyFor(userId))
    prepared.set(order.name, { next: 0, requests, bodies })
    return {}
  }
  const preparedLoad = prepared.get(order.name)
  if (preparedLoad === undefined) throw new Error(`No load was prepared for ${order.name}`)
  return run(order, preparedLoad)
})

function requestWith(cookie: string): Buffer {
  const lines = [
    `GET ${measuredPath} HTTP/1.1`,
    'Host: localhost',
    `User-Agent: ${userAgent}`,
    'Accept: application/json',
    ...(cookie === '' ? [] : [`Cookie: ${cookie}`]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

/** Sends one request at a time on each connection, as fast as the server responds, until the order is complete. */
async function run(
  { port, connections, seconds, rotations }: Extract<LoadOrder, { command: 'run' }>,
  sessions: Prepared,
): Promise<LoadResult> {
  const latencies: number[] = []
  const { requests, bodies } = sessions
  const minRequests = requests.length * rotations
  const started = performance.now()
  const deadline = started + seconds * 1_000

  async function work(): Promise<void> {
    const connection = await createConnection(port)
    for (let sentAt = started; sentAt < deadline || latencies.length < minRequests; ) {
      const index = sessions.next
      sessions.next = (index + 1) % requests.length
      await connection.exchange(requests[index] ?? Buffer.alloc(0), bodies[index] ?? '')
      const now = performance.now()
      latencies.push(now - sentAt)
      sentAt = now
    }
    connection.close()
  }

  await Promise.all(Array.from({ length: connections }, work))
  const elapsed = (performance.now() - started) / 1_000
  latencies.sort((a, b) => a - b)
  return {
    requests: latencies.length,
    seconds: elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
}
