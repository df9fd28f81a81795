/** The schema of a database: the versions of the app's and the library's migrations. */
export interface SchemaVersion {
  readonly app: number
  /** Name of the newest migration of the library, whose numbers differ between the databases. */
  readonly sessions: string
}

export interface TableColumns {
  readonly name: string
  readonly columns: readonly string[]
}

/** What the rows of a database are. */
export interface DatabaseDescription {
  readonly database: 'sqlite' | 'postgres'
  readonly schema: SchemaVersion
  /** In an order in which rows reference only rows of earlier tables. */
  readonly tables: readonly TableColumns[]
  /** The last number that each table with generated numbers has assigned. */
  readonly sequences: Readonly<Record<string, number>>
}

/** Rows as lines: each a JSON array with the values of the columns (decision 061). */
export type RowBatch = readonly string[]

/** One snapshot of a database. */
export interface RowSource {
  readonly description: DatabaseDescription
  /** The rows of a table of the description, in batches. Only one table can be read at a time. */
  rows(table: TableColumns): AsyncIterable<RowBatch>
}

/** Where rows are added. Nothing is visible to others before the replacement is complete. */
export interface RowSink {
  add(table: TableColumns, batch: RowBatch): Promise<void>
}

/** Rows in a batch, at most. */
export const maxBatchRows = 2_000

/** Characters in a batch, approximately: few rows of `click_days` have more than many clicks. */
export const batchLength = 500_000

/** Counts the rows that are added to a sink, by table. */
export function countingRows(sink: RowSink, counts: Map<string, number>): RowSink {
  return {
    async add(table, batch) {
      await sink.add(table, batch)
      counts.set(table.name, (counts.get(table.name) ?? 0) + batch.length)
    },
  }
}
