import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection URL of the test server's superuser. */
    postgresUrl: string
  }
}

/** What a client and a pool have in common. */
export type Queryable = Pick<pg.Client, 'query'>

/** A database for one test. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  /** Connection URL, for `pg` and for DATABASE_URL. */
  readonly url: string
  /** For the test's own queries. */
  readonly pool: pg.Pool
  /** Removes the database and closes its connections. */
  drop(): Promise<void>
}

/** Creates an empty database with a unique name on the test server. */
export function openTestDatabase(): Promise<TestDatabase> {
  return createDatabase(inject('postgresUrl'), emptyDatabase)
}

/** Most servers use a collation that does not sort by bytes; no query may rely on byte order. */
export const emptyDatabase = `TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`

/** Creates a database with these options of CREATE DATABASE; `serverUrl` is the superuser's. */
export async function createDatabase(
  serverUrl: string,
  options: string,
  prefix = 'test',
): Promise<TestDatabase> {
  const name = `${prefix}_${randomBytes(8).toString('hex')}`
  await administer(serverUrl, (client) => client.query(`CREATE DATABASE ${name} ${options}`))
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const pool = openPool(url.href)
  const drop = async () => {
    await pool.end()
    await administer(serverUrl, async (client) => {
      await waitUntilUnused(client, name)
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    })
  }
  return { name, url: url.href, pool, drop, [Symbol.asyncDispose]: drop }
}

/** Connections of tests, which do not keep a database in use. */
const testConnection = 'test'

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    application_name: testConnection,
    allowExitOnIdle: true,
  })
  // Dropping the database terminates its connections.
  pool.on('error', () => {})
  return pool
}

/** Runs work on a connection of its own. */
export async function administer<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const maxChecks = 200
const checkInterval = 5

/**
 * Waits one second at most until the tested program has no connection to the database: one that DROP
 * DATABASE cuts off would report an error after the last test. Returns whether none is left.
 */
export async function waitUntilUnused(client: Queryable, database: string): Promise<boolean> {
  for (let check = 0; check < maxChecks; check += 1) {
    const query = 'SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()'
    if ((await client.query(query, [database])).rows.length === 0) return true
    await setTimeout(checkInterval)
  }
  return false
}
