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

/** A database for one test. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  /** Connection URL, for `pg` and for DATABASE_URL. */
  readonly url: string
  /** Removes the database and closes its connections. */
  drop(): Promise<void>
}

/** Creates an empty database with a unique name on the test server. */
export function openTestDatabase(): Promise<TestDatabase> {
  return createDatabase(inject('postgresUrl'), emptyDatabase)
}

/** Creates a copy of a database of the test server. Nothing may be connected to the original. */
export function copyTestDatabase(original: string): Promise<TestDatabase> {
  return createDatabase(inject('postgresUrl'), `TEMPLATE ${original}`)
}

/** Most servers use a collation that does not sort by bytes; no query may rely on byte order. */
export const emptyDatabase = `TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`

/** Creates a database with these options of CREATE DATABASE; `serverUrl` is the superuser's. */
export async function createDatabase(serverUrl: string, options: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(serverUrl, (client) => client.query(`CREATE DATABASE ${name} ${options}`))
  const drop = () =>
    administer(serverUrl, async (client) => {
      await waitUntilUnused(client, name)
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    })
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { name, url: url.href, drop, [Symbol.asyncDispose]: drop }
}

async function administer(
  serverUrl: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const maxChecks = 40
const checkInterval = 25

/**
 * Waits until a pool that has ended is disconnected, one second at most: a connection that DROP
 * DATABASE cuts off would report an error after the last test.
 */
async function waitUntilUnused(client: pg.Client, database: string): Promise<void> {
  for (let check = 0; check < maxChecks; check += 1) {
    const query = 'SELECT 1 FROM pg_stat_activity WHERE datname = $1'
    if ((await client.query(query, [database])).rows.length === 0) return
    await setTimeout(checkInterval)
  }
}
