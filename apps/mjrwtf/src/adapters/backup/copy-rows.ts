import type { RowSink, RowSource, TableColumns } from './row-source.ts'

/** Rows by table. */
export type RowCounts = Readonly<Record<string, number>>

/** Adds all rows of a source to a sink, table by table, and returns how many. */
export async function copyRows(
  source: RowSource,
  sink: RowSink,
  isIncluded: (table: TableColumns) => boolean = () => true,
): Promise<RowCounts> {
  const counts: Record<string, number> = {}
  for (const table of source.description.tables.filter(isIncluded)) {
    counts[table.name] = 0
    for await (const batch of source.rows(table)) {
      await sink.add(table, batch)
      counts[table.name] = (counts[table.name] ?? 0) + batch.length
    }
  }
  return counts
}
