import type { Storage } from './storage.ts'

type Row = Readonly<Record<string, unknown>>

/** All rows by table, without the tables that databases and migrations keep for themselves. */
export type TableRows = ReadonlyMap<string, readonly Row[]>

const ownTables = /^(app_migrations|session_migrations|link_search.*|sqlite_.*)$/

export async function readTables({ kind, query }: Storage): Promise<TableRows> {
  const names = await query(
    kind === 'sqlite'
      ? `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`
      : `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  )
  const tables = names
    .map((row) => ('name' in row ? String(row.name) : ''))
    .filter((name) => !ownTables.test(name))
  const entries = tables.map(async (table) => {
    const rows = await query(`SELECT * FROM ${table}`)
    return [table, rows.map((row): Row => ({ ...row }))] as const
  })
  return new Map(await Promise.all(entries))
}

/** The rows as text, in any order, with the columns and tables of `like`. An empty table of it has no columns. */
export function textOf(rows: TableRows, like: TableRows): readonly string[] {
  return [...like].flatMap(([table, [example]]) => {
    if (example === undefined) return [`${table}: ${rows.get(table)?.length ?? 0} rows`]
    const columns = Object.keys(example)
    return (rows.get(table) ?? [])
      .map((row) => `${table}: ${JSON.stringify(columns.map((column) => row[column]))}`)
      .toSorted()
  })
}
