import type { Comparison } from '../figures.ts'
import type { SizeResult } from '../measure.ts'
import { number, ratio, sessions, toTable } from './table.ts'

/** Every operation at every size. */
export function comparedTable(results: readonly SizeResult[]): string {
  const operations = Object.keys(results[0]?.compared ?? {})
  return toTable(
    [
      'operation',
      'sessions',
      'p50',
      'p99',
      'max',
      'CPU',
      'a second',
      'p50 ratio',
      'p99 ratio',
      'CPU ratio',
    ],
    operations.flatMap((operation) =>
      results.flatMap(({ size, compared }) => {
        const comparison = compared[operation]
        return comparison === undefined ? [] : [toRow(operation, size, comparison)]
      }),
    ),
  )
}

function toRow(
  operation: string,
  size: number,
  { main, ratio: to }: Comparison,
): readonly string[] {
  return [
    operation,
    sessions(size),
    number(main.p50),
    number(main.p99),
    number(main.max),
    number(main.serverCpu + main.databaseCpu),
    number(main.perSecond),
    ...[to.p50, to.p99, to.cpu].map(ratio),
  ]
}

/** Sequential verification, by the location of pages. */
export function cachesTable(results: readonly SizeResult[]): string {
  const maxSize = results.at(-1)
  const warm = maxSize?.compared.verify?.main
  const states = { 'as in the table above': warm, ...maxSize?.coldCache }
  return toTable(
    ['state', 'p50', 'p99', 'CPU', 'kB requested from the system', 'kB from the disk'],
    Object.entries(states).flatMap(([state, figures]) => {
      if (figures === undefined) return []
      if (figures === null) return [[state, 'not possible on this machine', '', '', '', '']]
      const { p50, p99, serverCpu, databaseCpu, read, readFromDisk } = figures
      const cells = [p50, p99, serverCpu + databaseCpu, read / 1_000, readFromDisk / 1_000]
      return [[state, ...cells.map(number)]]
    }),
  )
}
