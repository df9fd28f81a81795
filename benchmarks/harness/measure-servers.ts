import { cases as known } from '../cases/all-cases.ts'
import type { CaseResult } from '../report/results.ts'
import { compared } from '../report/targets.ts'
import { startLoad } from './load.ts'
import type { BenchOptions } from './options.ts'
import { flagsFor } from './profile.ts'
import { type Measured, runRounds } from './rounds.ts'
import type { RunningServer } from './server.ts'
import type { Site } from './site.ts'
import { setStage } from './stage.ts'

/** Starts the chosen servers, measures them round by round, and stops them. */
export async function measureServers(
  site: Site,
  options: BenchOptions,
): Promise<readonly CaseResult[]> {
  const load = startLoad()
  const { cases, sessions, profile } = options
  const servers = await setStage(site, {
    ...{ known, cases, sessions, load },
    flagsFor: (name) => flagsFor(profile, name),
  })
  const inTurn = servers.toSorted((a, b) => turnOf(a) - turnOf(b))
  const measured = await runRounds(site, { ...options, servers: inTurn, load })
  // Counters of PostgreSQL are whole only when nobody is connected any more.
  for (const { stop } of [load, ...servers]) await stop()

  const results: CaseResult[] = []
  for (const server of servers) results.push(await resultOf(site, server, measured))
  return results
}

/** What is compared is measured close together: a machine is not the same a minute later. */
function turnOf({ served }: RunningServer): number {
  const turn = compared.indexOf(served.name)
  return turn === -1 ? compared.length : turn
}

async function resultOf(
  { postgres }: Site,
  { served }: RunningServer,
  measured: ReadonlyMap<string, Measured>,
): Promise<CaseResult> {
  const of = measured.get(served.name)
  if (of === undefined) throw new Error(`${served.name} was not measured`)
  const { name, title, group, backend, bare, floor, configuration } = served
  const counters = backend === 'postgres' ? await postgres.counters(name) : null
  return {
    ...{ name, title, group, backend, bare, floor, configuration },
    rounds: of.rounds,
    databaseWork: counters === null ? null : { requests: of.requests, ...counters },
    statistics: of.statistics,
    loaded: of.loaded,
  }
}
