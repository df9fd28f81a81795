import type { EngineResult, NotificationResult, RunResult } from '../run.ts'
import { cachesTable, comparedTable } from './compared.ts'
import { sizesTable } from './sizes.ts'
import { number, toTable } from './table.ts'
import { sweepTable, touchTable } from './upkeep.ts'

/** The result as a page. */
export function toMarkdown({ machine, startedAt, minutes, engines }: RunResult): string {
  const { cpu, cores, memory, loadAverage, system, node } = machine
  return `# Scale

Made by \`npm run bench:scale\` on ${startedAt.slice(0, 10)} in ${number(minutes)} minutes: ${cpu}, ${cores} cores,
${memory} GiB, ${system}, Node ${node}; load of the machine before: ${loadAverage.toFixed(2)}. The measuring process, the library and the database share the machine.

Times are microseconds of one operation. CPU is that of this process and the database together. Each ratio is to
a table of 10,000 sessions that was measured in turns with the large one; "verify" takes random sessions of the whole table.
${engines.map(toSection).join('')}`
}

function toSection(result: EngineResult): string {
  const { engine, settings, sizes, notifications } = result
  const set = Object.entries(settings).map(([name, value]) => `${name} ${value}`)
  return `
## ${engine === 'postgres' ? 'PostgreSQL' : 'SQLite'}

${set.join(', ')}.

${comparedTable(sizes)}

Where the pages of the largest table come from:

${cachesTable(sizes)}

Size on disk, right after the fill:

${sizesTable(sizes)}

A batch of activity:

${touchTable(sizes)}

Two sweeps: one that ends a tenth of the table, and one, when their retention is over, that purges them:

${sweepTable(sizes)}
${notifications === null ? '' : toNotifications(notifications)}`
}

function toNotifications({ size, revocations, heartbeats }: NotificationResult): string {
  return `
Single revocations at ${size.toLocaleString('en')} sessions, with and without notifications:

${toTable(
  [
    'connections',
    'flush',
    'notify',
    'listeners',
    'a second',
    'p50',
    'p99',
    'CPU here',
    'CPU database',
  ],
  revocations.map((each) => [
    String(each.connections),
    each.flushDelay === 0 ? 'as it is' : `+ ${each.flushDelay / 1_000} ms`,
    each.notify ? 'yes' : 'no',
    String(each.listeners),
    ...[each.perSecond, each.p50, each.p99, each.serverCpu, each.databaseCpu].map(number),
  ]),
)}

Heartbeats of processes that keep sessions in memory, with nothing else going on:

${toTable(
  ['processes', 'cores of the database', 'cores of all processes'],
  heartbeats.map((each) => [
    String(each.processes),
    each.databaseCores.toFixed(3),
    each.serverCores.toFixed(3),
  ]),
)}
`
}
