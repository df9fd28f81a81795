import SqliteConnection from 'better-sqlite3'
import pg from 'pg'

/** A connection beside the app's. */
export interface OpenDatabase extends AsyncDisposable {
  readonly kind: 'sqlite' | 'postgres'
  query(sql: string): Promise<readonly object[]>
}

export async function openDatabase(url: string): Promise<OpenDatabase> {
  return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openPostgres(url)
}

function openSqlite(file: string): OpenDatabase {
  const connection = new SqliteConnection(file, { timeout: 60_000 })
  connection.pragma('foreign_keys = ON')
  // The data of a benchmark need not survive a power failure.
  connection.pragma('synchronous = OFF')
  return {
    kind: 'sqlite',
    async query(sql) {
      const statement = connection.prepare<[], object>(sql)
      if (statement.reader) return statement.all()
      statement.run()
      return []
    },
    async [Symbol.asyncDispose]() {
      connection.close()
    },
  }
}

async function openPostgres(url: string): Promise<OpenDatabase> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    kind: 'postgres',
    query: async (sql) => (await client.query<object>(sql)).rows,
    [Symbol.asyncDispose]: () => client.end(),
  }
}
