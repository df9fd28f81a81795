import {
  createPostgresSessionStore,
  migratePostgresSessions,
  type PostgresDatabase,
} from 'coatcheck/postgres'
import {
  describeSessionTransactionContract,
  type OpenedTransaction,
} from 'coatcheck/testing-contracts'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { beginInCallback } from './support/begin-in-callback.ts'
import { deleteAll } from './support/open-postgres-schema.ts'

let database: TestDatabase
let pool: pg.Pool
let sql: postgres.Sql

beforeAll(async () => {
  database = await openTestDatabase()
  pool = new pg.Pool({ connectionString: database.url })
  sql = postgres(database.url, { onnotice: () => {} })
})

afterAll(async () => {
  await Promise.all([pool.end(), sql.end()])
  await database.drop()
})

/** The store uses the connections of the query builder, whose transactions begin with `begin`. */
function openOn(connections: () => PostgresDatabase, begin: () => Promise<OpenedTransaction>) {
  return async () => {
    await migratePostgresSessions(connections())
    const store = createPostgresSessionStore(connections())
    return {
      store,
      begin,
      async [Symbol.asyncDispose]() {
        await pool.query(deleteAll())
      },
    }
  }
}

// The plugin renames the columns of all results of the app.
const kysely = () =>
  new Kysely<unknown>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin()],
  })

describeSessionTransactionContract(
  'Kysely',
  openOn(
    () => pool,
    () => beginInCallback((callback) => kysely().transaction().execute(callback)),
  ),
)

describeSessionTransactionContract(
  'Drizzle with pg',
  openOn(
    () => pool,
    () => beginInCallback((callback) => drizzlePg({ client: pool }).transaction(callback)),
  ),
)

describeSessionTransactionContract(
  'Drizzle with postgres.js',
  openOn(
    () => sql,
    () => beginInCallback((callback) => drizzlePostgresJs({ client: sql }).transaction(callback)),
  ),
)
