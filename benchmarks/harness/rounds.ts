import { setTimeout as sleep } from 'node:timers/promises'
import type { Measurement } from '../report/results.ts'
import type { Load, LoadShape } from './load.ts'
import type { RunContext } from './run-context.ts'
import type { RunningServer } from './server.ts'

export interface RoundsOptions {
  readonly servers: readonly RunningServer[]
  readonly load: Load
  readonly rounds: number
  readonly connections: number
  /** Seconds of each measurement. */
  readonly measured: number
  /** Seconds of load before the first round, and before each measurement. */
  readonly warmUp: { readonly first: number; readonly each: number }
}

/** The measurements of one server. */
export interface Measured {
  readonly rounds: Measurement[]
  /** Total requests and seconds of load, including warm-up. */
  requests: number
  loaded: number
  /** Its counters at the end. */
  statistics: Readonly<Record<string, number>>
}

/**
 * Measures the servers in turn, round after round, so that other load on the machine affects all of
 * them and figures of one round can be compared.
 */
export async function runRounds(
  context: RunContext,
  options: RoundsOptions,
): Promise<ReadonlyMap<string, Measured>> {
  const measured = new Map<string, Measured>()
  const recordOf = (name: string): Measured => {
    const record = measured.get(name) ?? { rounds: [], requests: 0, loaded: 0, statistics: {} }
    measured.set(name, record)
    return record
  }
  for (const server of options.servers) {
    context.log(`warm-up of ${server.served.name}`)
    const shape = { seconds: options.warmUp.first, rotations: 1 }
    await loadFor(options, server, [shape, recordOf(server.served.name)])
  }
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const server of options.servers) {
      context.log(`round ${round} of ${options.rounds}: ${server.served.name}`)
      await measure([context, options], server, recordOf(server.served.name))
    }
  }
  return measured
}

async function measure(
  [context, options]: readonly [RunContext, RoundsOptions],
  server: RunningServer,
  measurement: Measured,
): Promise<void> {
  const onPostgres = server.served.backend === 'postgres'
  if (onPostgres) await context.postgres.cleanUp(server.served.name)
  await loadFor(options, server, [{ seconds: options.warmUp.each, rotations: 0 }, measurement])
  const before = await readAll(context, server)
  const result = await loadFor(options, server, [
    { seconds: options.measured, rotations: 0 },
    measurement,
  ])
  const after = await readAll(context, server)

  measurement.statistics = after.statistics
  measurement.rounds.push({
    ...result,
    rss: after.rss,
    serverCpu: (after.cpu - before.cpu) / result.requests,
    // For other backends PostgreSQL is idle.
    databaseCpu: onPostgres ? perRequest(before.database, after.database, result.requests) : 0,
  })
}

/** In ms. Work in progress after the last response, such as a deferred write, completes within it. */
const idleDelay = 50

async function readAll({ postgres }: RunContext, server: RunningServer) {
  await sleep(idleDelay)
  const reading = await server.read()
  return { ...reading, database: postgres.cpu?.read() ?? null }
}

function perRequest(before: number | null, after: number | null, requests: number): number | null {
  return before === null || after === null ? null : (after - before) / requests
}

async function loadFor(
  { load, connections }: RoundsOptions,
  { served, port }: RunningServer,
  [shape, measurement]: readonly [
    shape: Pick<LoadShape, 'seconds' | 'rotations'>,
    measurement: Measured,
  ],
) {
  const result = await load.run(served.name, { port, connections, ...shape })
  measurement.requests += result.requests
  measurement.loaded += result.seconds
  return result
}
