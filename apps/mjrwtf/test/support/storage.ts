import { createHash } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import SqliteConnection from 'better-sqlite3'
import { inject } from 'vitest'
import { copyTestDatabase } from '../../../../tools/testing/database-copies.ts'
import { memoryFolder } from '../../../../tools/testing/memory-folder.ts'
import {
  administer,
  openTestDatabase,
  type TestDatabase,
} from '../../../../tools/testing/test-database.ts'

export type DatabaseKind = 'sqlite' | 'postgres'

/** Tests run on both databases: `describe.each(databases)`. */
export const databases: readonly DatabaseKind[] = ['sqlite', 'postgres']

/** A database of one test, accessed independently of the app. */
export interface Storage extends AsyncDisposable {
  readonly kind: DatabaseKind
  /** For DATABASE_URL. */
  readonly url: string
  /** Runs a statement and returns its rows, if any. No parameters: the SQL comes from the tests. */
  query(sql: string): Promise<readonly object[]>
  /** Every row of every table as text; bytes as hex and as base64url. */
  dump(): Promise<string>
  /** Changes when any row changes, except in the table of rate limits. */
  fingerprint(): Promise<string>
}

/** Opens a migrated database, copied from a template to save the time of the migrations. */
export async function openStorage(kind: DatabaseKind): Promise<Storage> {
  if (kind === 'postgres') return openServer(await copyTestDatabase(inject('migratedPostgres')))
  const file = newFile()
  copyFileSync(inject('migratedSqlite'), file)
  return openFile(file)
}

/** Opens a database without tables, for tests of a first start. */
export async function openEmptyStorage(kind: DatabaseKind): Promise<Storage> {
  return kind === 'sqlite' ? openFile(newFile()) : openServer(await openTestDatabase())
}

/** Opens the database of a release, as its program left it (test/fixtures/README.md). */
export async function openReleasedStorage(kind: DatabaseKind, schema: number): Promise<Storage> {
  const read = (name: string) => gunzipSync(readFileSync(`${fixtures}schema-${schema}.${name}.gz`))
  if (kind === 'sqlite') {
    const file = newFile()
    writeFileSync(file, read('sqlite'))
    return openFile(file)
  }
  const database = await openTestDatabase()
  // The dump changes settings of its connection.
  await administer(database.url, (client) => client.query(read('postgres.sql').toString()))
  return openServer(database)
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))

function newFile(): string {
  return join(mkdtempSync(join(memoryFolder(), 'mjrwtf-')), 'mjrwtf.db')
}

function openFile(file: string): Storage {
  let connection: SqliteConnection.Database | null = null

  async function query(sql: string): Promise<readonly object[]> {
    connection ??= new SqliteConnection(file, { timeout: 5_000 })
    connection.pragma('foreign_keys = ON')
    const statement = connection.prepare<[], object>(sql)
    if (statement.reader) return statement.all()
    statement.run()
    return []
  }

  return withDump('sqlite', `sqlite:${file}`, {
    query,
    tables: `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`,
    async close() {
      connection?.close()
      rmSync(dirname(file), { recursive: true, force: true })
    },
  })
}

function openServer(database: TestDatabase): Storage {
  return withDump('postgres', database.url, {
    async query(sql) {
      return (await database.pool.query<object>(sql)).rows
    },
    tables: `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = 'public' ORDER BY 1`,
    close: database.drop,
  })
}

interface Backend {
  query(sql: string): Promise<readonly object[]>
  readonly tables: string
  close(): Promise<void>
}

function withDump(kind: DatabaseKind, url: string, backend: Backend): Storage {
  async function dump(excludedTable = ''): Promise<string> {
    const texts: string[] = []
    for (const table of await backend.query(backend.tables)) {
      const name = 'name' in table ? String(table.name) : ''
      if (name === excludedTable) continue
      const rows = await backend.query(`SELECT * FROM ${name}`)
      texts.push(name, ...rows.map((row) => JSON.stringify(row, showBytes)).toSorted())
    }
    return texts.join('\n')
  }

  return {
    kind,
    url,
    query: backend.query,
    dump: () => dump(),
    fingerprint: async () =>
      createHash('sha256')
        .update(await dump('rate_limits'))
        .digest('hex'),
    [Symbol.asyncDispose]: backend.close,
  }
}

/** JSON.stringify passes a Buffer to the replacer as the result of its `toJSON`. */
function showBytes(_key: string, value: unknown): unknown {
  const isBytes = typeof value === 'object' && value !== null && 'data' in value && 'type' in value
  if (!isBytes || !Array.isArray(value.data)) return value
  const bytes = Buffer.from(value.data)
  return `${bytes.toString('hex')} ${bytes.toString('base64url')}`
}
