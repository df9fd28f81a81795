import { cases as known } from '../cases/all-cases.ts'
import type { CaseResult } from '../report/results.ts'
import { compared } from '../report/targets.ts'
import { prepareFixtures } from './fixtures.ts'
import { startLoad } from './load.ts'
import type { BenchOptions } from './options.ts'
import { flagsFor } from './profile.ts'
import { type Measured, runRounds } from './rounds.ts'
import type { RunContext } from './run-context.ts'
import type { RunningServer } from './server.ts'

/** Starts the selected servers, measures them round by round and stops them. */
export async function measureServers(
  context: RunContext,
  options: BenchOptions,
): Promise<readonly CaseResult[]> {
  const load = startLoad()
  const { cases, sessions, profile } = options
  const servers = await prepareFixtures(context, {
    ...{ known, cases, sessions, load },
    flagsFor: (name) => flagsFor(profile, name),
  })
  const inOrder = servers.toSorted((a, b) => rotation(a) - rotation(b))
  const measured = await runRounds(context, { ...options, servers: inOrder, load })
  // PostgreSQL's counters are complete only once all connections are closed.
  for (const { stop } of [load, ...servers]) await stop()

  const results: CaseResult[] = []
  for (const server of servers) results.push(await resultOf(context, server, measured))
  return results
}

/** Orders servers that are compared next to each other, because a machine's load changes. */
function rotation({ served }: RunningServer): number {
  const index = compared.indexOf(served.name)
  return index === -1 ? compared.length : index
}

async function resultOf(
  { postgres }: RunContext,
  { served }: RunningServer,
  measured: ReadonlyMap<string, Measured>,
): Promise<CaseResult> {
  const measurement = measured.get(served.name)
  if (measurement === undefined) throw new Error(`${served.name} was not measured`)
  const { name, title, group, backend, bare, floor, configuration } = served
  const counters = backend === 'postgres' ? await postgres.counters(name) : null
  return {
    ...{ name, title, group, backend, bare, floor, configuration },
    rounds: measurement.rounds,
    databaseWork: counters === null ? null : { requests: measurement.requests, ...counters },
    statistics: measurement.statistics,
    loaded: measurement.loaded,
  }
}
