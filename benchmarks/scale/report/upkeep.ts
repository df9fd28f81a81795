import type { SizeResult } from '../measure.ts'
import { number, sessions, toTable } from './table.ts'

/** Batches of activity. */
export function touchTable(results: readonly SizeResult[]): string {
  return toTable(
    ['sessions', 'rows of a batch', 'ms', 'heap-only'],
    results.map(({ size, touch: { batchRows, milliseconds, updated, heapOnly } }) => [
      sessions(size),
      number(batchRows),
      number(milliseconds),
      heapOnly === null
        ? '–'
        : `${((heapOnly / updated) * 100).toFixed(1)} % of ${number(updated)}`,
    ]),
  )
}

/** Both sweeps at every size, with milliseconds per statement. */
export function sweepTable(results: readonly SizeResult[]): string {
  return toTable(
    [
      ...['sessions', 'ended', 's', 'statements', 'ms p50', 'ms max'],
      ...['purged', 's', 'statements', 'ms p50', 'ms max', 'CPU s'],
    ],
    results.flatMap(({ size, sweeps }) =>
      sweeps.map(({ ended, ending, purged, purging, cpuSeconds }) => [
        sessions(size),
        ended.toLocaleString('en'),
        ...[ending.seconds, ending.statements, ending.p50, ending.max].map(number),
        purged.toLocaleString('en'),
        ...[purging.seconds, purging.statements, purging.p50, purging.max].map(number),
        number(cpuSeconds),
      ]),
    ),
  )
}
