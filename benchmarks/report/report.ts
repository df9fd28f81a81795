import { table } from './markdown.ts'
import type { Results } from './results.ts'
import {
  activityLines,
  casesTable,
  checksTable,
  databaseTable,
  propagationTable,
  targetsTable,
} from './tables.ts'
import { titleOf } from './title.ts'

/** The report of a run. */
export function reportOf(results: Results): string {
  const { facts, cases } = results
  const { machine, settings } = facts
  return `# Results of ${facts.date.slice(0, 10)}

Measured on ${machine.cpu}, ${machine.cores} cores, ${machine.memory} GiB, ${machine.system}; Node ${machine.node},
PostgreSQL ${machine.postgres}. ${settings.sessions} sessions per server and ${settings.connections} connections, each of which sends the next request
after the response; every response is compared. Figures are medians of ${settings.rounds} rounds of ${settings.measured} s each, in which the servers
take turns. CPU is processor time per request in µs. Load average before the run: ${machine.loadAverage.toFixed(2)}. See [the method](../README.md#method).

${casesTable(results)}

## Targets

Ratios of processor time per request, server and database together.

${targetsTable(results)}

## Verification without HTTP

Processor time of one verification in µs, all threads, in one process.

${checksTable(results)}

## Revocation in another process

Time from the start of a revocation in one process to the first rejection in another that verifies the session continuously.

${propagationTable(results)}

## Database operations

Counted by PostgreSQL over the whole run.

${databaseTable(results)}

${activityLines(results).join('\n\n')}

## Configuration

${table(
  ['server', 'configuration'],
  cases.map((each) => [titleOf(each), each.configuration]),
)}

${table(['package', 'version'], Object.entries(facts.versions))}
`
}
