import SqliteConnection from 'better-sqlite3'
import pg from 'pg'
import { withPostgresSource } from '../../src/adapters/backup/postgres-source.ts'
import type { RowSource } from '../../src/adapters/backup/row-source.ts'
import { replaceSqliteRows } from '../../src/adapters/backup/sqlite-sink.ts'
import {
  columnTypes,
  describeSqlite,
  withSqliteSource,
} from '../../src/adapters/backup/sqlite-source.ts'
import type { DatabaseLocation } from '../../src/adapters/persistence/persistence.ts'

/** Values that constraints require, by column or by table and column. The others are generated. */
const requiredValues: Readonly<Record<string, unknown>> = {
  'users.id': 'ann',
  'links.id': 'link',
  'links.position': 3 * 2 ** 30 + 1,
  'link_owners.number': 3,
  'link_owners.last_position': 3 * 2 ** 30 + 1,
  'security_event_retention.singleton': 1,
  'shared_token_deprecation.id': 1,
  user_id: 'ann',
  owner_id: 'ann',
  'link_imports.id': 'import',
  import_id: 'import',
  link_id: 'link',
  created_by: 'ann',
  outcome: 'success',
  'email_tokens.purpose': 'verify-email',
  'client_applications.id': 'client',
  client_id: 'client',
}

const instant = 1_700_000_000_123
/** What a JSON encoder or a database could get wrong. */
const difficultText = `ü 🚀 "quoted" \\u0041 \\ %s {"hex":"00"}\n\t'`

function sampleValue(table: string, column: string, type: string): unknown {
  const required = requiredValues[`${table}.${column}`] ?? requiredValues[column]
  if (required !== undefined) return required
  if (type === 'BLOB') return '00FF10'
  if (type === 'TEXT') return `${table}.${column} ${difficultText}`
  return /(?:^|_)(?:at|until|since|from)$|^expire/.test(column) ? instant : 1
}

/** Replaces all rows of a SQLite database by one in each table, with a value in each column. */
export async function fillSampleRows(file: string): Promise<void> {
  const connection = new SqliteConnection(file)
  try {
    const description = describeSqlite(connection)
    const lines = description.tables.map((table) => {
      const types = columnTypes(connection, table.name)
      const values = table.columns.map((column) =>
        sampleValue(table.name, column, types.get(column) ?? ''),
      )
      return { table, line: JSON.stringify(values) }
    })
    await replaceSqliteRows(
      connection,
      { tables: description.tables, sequences: { link_owners: 7 } },
      async (sink) => {
        for (const { table, line } of lines) await sink.add(table, [line])
      },
    )
  } finally {
    connection.close()
  }
}

/** All rows of a database and its sequences, comparable with those of the other kind. */
export async function readAllRows(
  location: DatabaseLocation,
): Promise<Readonly<Record<string, unknown>>> {
  return withSource(location, async (source) => {
    const rows: Record<string, unknown> = { sequences: source.description.sequences }
    for (const table of source.description.tables) {
      const lines: string[] = []
      for await (const batch of source.rows(table)) lines.push(...batch)
      rows[table.name] = lines.map((line) => toObject(table.columns, line)).toSorted()
    }
    return rows
  })
}

function toObject(columns: readonly string[], line: string): string {
  const values: unknown = JSON.parse(line)
  if (!Array.isArray(values)) throw new Error(`not an array: ${line}`)
  const entries = columns.map((name, index) => {
    const value: unknown = values[index]
    // Hexadecimal digits may have either case.
    return [
      name,
      /hash$|secret|salt|key$/.test(name) && typeof value === 'string'
        ? value.toLowerCase()
        : value,
    ] as const
  })
  return JSON.stringify(
    Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1))),
  )
}

export async function withSource<Result>(
  location: DatabaseLocation,
  work: (source: RowSource) => Promise<Result>,
): Promise<Result> {
  if (location.kind === 'sqlite') return withSqliteSource(location.file, work)
  const client = new pg.Client({ connectionString: location.url })
  await client.connect()
  try {
    return await withPostgresSource(client, work)
  } finally {
    await client.end()
  }
}
