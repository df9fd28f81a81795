import pg from 'pg'
import type { DatabaseLocation } from '../../src/adapters/persistence/persistence.ts'

/** Does the work while another PostgreSQL connection holds the locks of the query in a transaction. */
export async function whileLocked(
  location: DatabaseLocation,
  query: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: location.kind === 'postgres' ? location.url : '',
  })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(query)
    await work()
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}
