import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection URL of the test server's administrator, who may create databases. */
    postgresUrl: string
  }
}

/** A database of one test's own. */
export interface TestDatabase extends AsyncDisposable {
  /** Connection URL, for `pg` and for DATABASE_URL. */
  readonly url: string
  /** Removes the database, cutting off whoever is still connected. */
  drop(): Promise<void>
}

/** Creates an empty database under a name of its own on the test server. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  // A collation that does not sort by bytes, as most servers have: a query must not rely on it.
  await administer(
    `CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`,
  )
  const drop = () =>
    administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, (client) =>
      waitUntilUnused(client, name),
    )
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  return { url: url.href, drop, [Symbol.asyncDispose]: drop }
}

async function administer(
  statement: string,
  before: (client: pg.Client) => Promise<void> = async () => {},
): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await before(client)
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** How often somebody who is leaving is waited for, and how long each time, in ms. */
const maxRetries = 40
const retryDelay = 25

/** A pool that has ended leaves a moment later: cut off before that, it would tell of an error when no test is left. */
async function waitUntilUnused(client: pg.Client, database: string): Promise<void> {
  for (let attempt = 0; attempt < maxRetries; attempt += 1) {
    const query = 'SELECT 1 FROM pg_stat_activity WHERE datname = $1'
    if ((await client.query(query, [database])).rows.length === 0) return
    await setTimeout(retryDelay)
  }
}
