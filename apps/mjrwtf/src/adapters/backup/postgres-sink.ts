import { BackupError } from './backup-error.ts'
import {
  type Column,
  describePostgres,
  type PostgresConnection,
  readColumns,
} from './postgres-source.ts'
import {
  countingRows,
  type DatabaseDescription,
  type RowSink,
  type TableColumns,
} from './row-source.ts'
import { missingRows, requireSameColumns } from './same-columns.ts'

export interface ReplacedRows {
  /** Null characters that were replaced by U+FFFD: PostgreSQL stores none. */
  readonly replacedCharacters: number
}

/**
 * Replaces all rows of the database in one transaction. `load` adds the new ones. Rejects, and changes nothing, if a row
 * does not fit, references a missing one, or if another connection uses the tables. The role must own the tables.
 */
export async function replacePostgresRows(
  client: PostgresConnection,
  { tables, sequences }: Pick<DatabaseDescription, 'tables' | 'sequences'>,
  load: (sink: RowSink) => Promise<void>,
): Promise<ReplacedRows> {
  await client.query('BEGIN')
  try {
    // The lock waits no longer than for a request in flight; the rest takes as long as it takes.
    await client.query(`SET LOCAL lock_timeout = '10s';
      SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`)
    requireSameColumns(tables, (await describePostgres(client)).tables)
    const names = tables.map(({ name }) => `"${name}"`)
    await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS EXCLUSIVE MODE`)
    for (const name of names) await client.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`)
    await client.query(`TRUNCATE ${names.join(', ')}`)
    const sink = createPostgresSink(client, await readColumns(client))
    const counts = new Map<string, number>()
    await load(countingRows(sink, counts))
    for (const { name } of tables) await requireCount(client, name, counts.get(name) ?? 0)
    await setSequences(client, sequences)
    // What triggers write is among the rows.
    for (const name of names) await client.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`)
    await client.query('COMMIT')
    return { replacedCharacters: sink.replacedCharacters() }
  } catch (error) {
    // Of a lost connection, it fails as well: the server rolls back, and the first error says why.
    await client.query('ROLLBACK').catch(() => {})
    throw toBackupError(error)
  }
}

interface PostgresSink extends RowSink {
  replacedCharacters(): number
}

/** Adds rows with one statement per batch: PostgreSQL reads the JSON. */
function createPostgresSink(client: PostgresConnection, types: readonly Column[]): PostgresSink {
  let replaced = 0

  function withoutNullCharacters(batch: string): string {
    if (!batch.includes('\\u0000')) return batch
    // An even number of backslashes before it: the first does not escape the second.
    return batch.replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, (_, before: string) => {
      replaced += 1
      return `${before}\\ufffd`
    })
  }

  return {
    async add(table, batch) {
      const json = withoutNullCharacters(`[${batch.join(',')}]`)
      await client.query(insertSql(table, types), [json])
    },
    replacedCharacters: () => replaced,
  }
}

function insertSql({ name, columns }: TableColumns, types: readonly Column[]): string {
  const own = columns.map((column) =>
    types.find((each) => each.table === name && each.column === column),
  )
  const names = own.map((column) => `"${column?.source}"`)
  const values = own.map((column, index) => valueSql(index, column?.type ?? ''))
  // Numbers of rows are kept, although the database generates those of new ones.
  return `INSERT INTO "${name}" (${names.join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT ${values.join(', ')} FROM json_array_elements($1::json) AS rows (line)`
}

function valueSql(index: number, type: string): string {
  const value = `(line ->> ${index})`
  if (type === 'timestamptz') return `to_timestamp(${value}::numeric / 1000)`
  if (type === 'interval') return `${value}::numeric::double precision * interval '1 millisecond'`
  if (type === 'bytea') return `decode(${value}, 'hex')`
  if (type === 'bool') return `${value}::integer::boolean`
  return `${value}::${type}`
}

async function requireCount(
  client: PostgresConnection,
  table: string,
  expected: number,
): Promise<void> {
  const { rows } = await client.query(`SELECT count(*) AS found FROM "${table}"`)
  const found = Number(rows[0]?.found)
  if (found !== expected) throw missingRows(table, { expected, found })
}

async function setSequences(
  client: PostgresConnection,
  sequences: DatabaseDescription['sequences'],
): Promise<void> {
  for (const [table, last] of Object.entries(sequences)) {
    if (last < 1) continue
    await client.query(
      `SELECT setval(pg_get_serial_sequence(quote_ident($1), attname), $2)
       FROM pg_attribute WHERE attrelid = quote_ident($1)::regclass AND attidentity <> ''`,
      [table, last],
    )
  }
}

/** Omits the row, which an error of PostgreSQL may contain. */
function toBackupError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === '55P03') {
    return new BackupError(
      'Another connection uses the tables of the database, such as a running server. Nothing was changed. Stop it, and start again.',
    )
  }
  if (!(error instanceof Error) || !/^(22|23|42|53)/.test(code)) return error
  return new BackupError(
    `PostgreSQL refused a row or a statement (${code}: ${error.message}). Nothing was changed.`,
  )
}
