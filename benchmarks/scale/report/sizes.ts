import type { SizeResult } from '../measure.ts'
import { bytes, number, sessions, toTable } from './table.ts'

/** The table and its indexes. */
export function sizesTable(results: readonly SizeResult[]): string {
  const indexes = Object.keys(results[0]?.sizes.indexes ?? {})
  return toTable(
    ['sessions', 'fill, s', 'table', ...indexes, 'total', 'bytes per session'],
    results.map(({ size, fillSeconds, sizes }) => {
      const all = Object.values(sizes.indexes).reduce((total, each) => total + each, sizes.table)
      return [
        sessions(size),
        number(fillSeconds),
        bytes(sizes.table),
        ...indexes.map((name) => bytes(sizes.indexes[name] ?? 0)),
        bytes(all),
        number(all / sizes.rows),
      ]
    }),
  )
}
