import { readFileSync } from 'node:fs'
import type { AppServer } from '../overload/app-server.ts'
import { openConnection } from './connection.ts'

/** A kind of request. */
export interface MeasuredRequest {
  readonly name: string
  readonly path: string
  readonly expectedStatus: number
  readonly isSignedIn?: boolean
}

/** Processor time of a request in µs, of two processes that took turns. */
export interface Round {
  readonly request: string
  readonly plain: number
  readonly measured: number
}

export interface RoundsOptions {
  readonly request: MeasuredRequest
  readonly rounds: number
  /** Per round and process. */
  readonly requests: number
}

/** Both processes. */
export interface Pair {
  readonly plain: AppServer
  readonly measured: AppServer
}

/** From few statements to many. */
export function requestsTo({
  shortPath,
}: Pick<AppServer, 'shortPath'>): readonly MeasuredRequest[] {
  return [
    { name: 'a redirect', path: shortPath, expectedStatus: 302 },
    { name: 'an unknown short link', path: '/unknown', expectedStatus: 404 },
    {
      name: 'a page, signed in',
      path: '/settings/security',
      expectedStatus: 200,
      isSignedIn: true,
    },
  ]
}

const connections = 4
/** Rounds before the measured ones, in which the code is compiled. */
const warmUps = 2
/** Length of the kernel's clock tick in µs: a hundred ticks per second on Linux. */
const tick = 10_000

/** Alternates between the processes; which is first alternates too. */
export async function measureRounds(pair: Pair, options: RoundsOptions): Promise<readonly Round[]> {
  const { request, rounds } = options
  const measured: Round[] = []
  for (let round = 0; round < rounds + warmUps; round += 1) {
    const times = { plain: 0, measured: 0 }
    const order =
      round % 2 === 0 ? (['plain', 'measured'] as const) : (['measured', 'plain'] as const)
    for (const name of order) times[name] = await processorTime(pair[name], options)
    if (round >= warmUps) measured.push({ request: request.name, ...times })
  }
  return measured
}

/** Sends the requests, and returns the processor time of each. */
async function processorTime(
  app: AppServer,
  { request, requests }: RoundsOptions,
): Promise<number> {
  const { path, expectedStatus, isSignedIn = false } = request
  const cookies = isSignedIn ? `Cookie: ${app.cookies}\r\n` : ''
  const text = `GET ${path} HTTP/1.1\r\nHost: localhost:${app.port}\r\n${cookies}\r\n`
  const opened = await Promise.all(
    Array.from({ length: connections }, () => openConnection(app.port)),
  )
  const before = readProcessorTime(app.pid)
  await Promise.all(
    opened.map(async (connection) => {
      for (let sent = 0; sent < requests / connections; sent += 1) {
        const status = await connection.exchange(text)
        if (status !== expectedStatus) throw new Error(`${path} was answered with ${status}`)
      }
    }),
  )
  const used = readProcessorTime(app.pid) - before
  for (const { close } of opened) close()
  return used / requests
}

/** Of all threads, in user and kernel mode, in µs. */
function readProcessorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name, which may contain spaces: fields 14 and 15 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tick
}
