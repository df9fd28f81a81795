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

/** The whole page of a run. */
export function reportOf(results: Results): string {
  const { facts, cases } = results
  const { machine, settings } = facts
  return `# Results of ${facts.date.slice(0, 10)}

Measured on ${machine.cpu}, ${machine.cores} cores, ${machine.memory} GiB, ${machine.system}; Node ${machine.node},
PostgreSQL ${machine.postgres}. ${settings.sessions} sessions each, ${settings.connections} connections that send the next request when they have the
answer, every answer compared; medians of ${settings.rounds} rounds of ${settings.measured} s each, in which the servers took turns.
CPU is processor time per request in µs. Load average before the run: ${machine.loadAverage.toFixed(2)}. See [how it is measured](../README.md).

${casesTable(results)}

## Figures to reach

Ratios of processor time per request, server and database together.

${targetsTable(results)}

## The check alone

Processor time of one check in µs, all threads, in one process and without HTTP.

${checksTable(results)}

## Revocation in another process

From the beginning of a revocation in one process to the first refusal in another that verifies the session without pause.

${propagationTable(results)}

## What the database did

Counted by PostgreSQL over the whole run.

${databaseTable(results)}

${activityLines(results).join('\n\n')}

## What was measured

${table(
  ['server', 'set up'],
  cases.map((each) => [titleOf(each), each.configuration]),
)}

${table(['package', 'version'], Object.entries(facts.versions))}
`
}
