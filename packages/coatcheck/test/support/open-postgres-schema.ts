import {
  createPostgresGrantStore,
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import type {
  OpenedRevocationChannel,
  OpenedSessionStore,
  OpenedTransaction,
} from 'coatcheck/testing-contracts'
import pg from 'pg'
import type { WithGrants } from './grants-of.ts'
import type { Reusable } from './reuse.ts'
import { withUsers } from './with-users.ts'

let opened = 0

/** The app has replaced how results are parsed, except texts, which must not affect the store. */
export const replacedTypes: pg.CustomTypesConfig = {
  getTypeParser: (type) => (type === 25 ? String : replace),
}

function replace(): string {
  return 'replaced'
}

/** Creates a schema. Creating a database takes ten times as long. */
export async function openPostgresSchema(
  url: string,
): Promise<OpenedSessionStore & Reusable & WithGrants> {
  opened += 1
  const schema = `case_${opened}`
  const options = `-c search_path=${schema}`
  const settings = { connectionString: url, options, types: replacedTypes }
  const one = new pg.Pool({ ...settings, max: 10 })
  const other = new pg.Pool({ ...settings, max: 10 })
  await one.query(`CREATE SCHEMA ${schema}`)
  await migratePostgresSessions(one)
  return {
    store: createPostgresSessionStore(one),
    second: createPostgresSessionStore(other),
    grants: { store: createPostgresGrantStore(one), second: createPostgresGrantStore(other) },
    begin: () => beginWithPg(one),
    empty: () => one.query(deleteAll()),
    async [Symbol.asyncDispose]() {
      await Promise.all([one.end(), other.end()])
    },
  }
}

/** Returns SQL that empties the tables. Truncating or creating them takes many times as long. */
export function deleteAll(name = (table: string) => table, ...others: readonly string[]): string {
  const tables = [
    'sessions',
    'session_pending_sign_ins',
    'session_grants',
    'session_user_endings',
    'session_sweeps',
  ].map(name)
  return [...tables, ...others].map((table) => `DELETE FROM ${table}`).join('; ')
}

/** Opens a transaction as an app does that uses `pg` itself. */
export async function beginWithPg(pool: pg.Pool): Promise<OpenedTransaction> {
  const client = await pool.connect()
  await client.query('BEGIN')
  const end = async (statement: 'COMMIT' | 'ROLLBACK') => {
    await client.query(statement)
    client.release()
  }
  return { transaction: client, commit: () => end('COMMIT'), rollBack: () => end('ROLLBACK') }
}

/** A schema with a table of users that the sessions reference, and a channel. */
export async function openPostgresChannel(
  url: string,
): Promise<OpenedRevocationChannel & Reusable> {
  opened += 1
  const schema = `case_${opened}`
  const settings = { connectionString: url, options: `-c search_path=${schema}` }
  const pool = new pg.Pool({ ...settings, max: 10 })
  await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE users (id text PRIMARY KEY)`)
  await migratePostgresSessions(pool, { userReference: { table: 'users', column: 'id' } })
  const addUser = (id: string) =>
    pool.query('INSERT INTO users VALUES ($1) ON CONFLICT DO NOTHING', [id])
  return {
    store: withUsers(createPostgresSessionStore(pool), addUser),
    channel: createPostgresRevocationChannel({ createClient: () => new pg.Client(settings) }),
    async removeUser(id) {
      await pool.query('DELETE FROM users WHERE id = $1', [id])
    },
    empty: () => pool.query(deleteAll(undefined, 'users')),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
