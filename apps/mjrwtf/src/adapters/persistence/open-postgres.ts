import {
  createPostgresGrantStore,
  createPostgresRevocationChannel,
  createPostgresSessionStore,
} from 'coatcheck/postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import { canWrite } from './can-write.ts'
import type { Database } from './database.ts'
import { createLinkRepository } from './link-repository.ts'
import { type ObserveStatement, observeConnection } from './observed-statements.ts'
import { type ConnectionState, createRepositories, type Persistence } from './persistence.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { createRateLimiter, type LimiterOptions } from './rate-limiter.ts'
import { createPool, databaseTimeout } from './schema/postgres-connection.ts'
import { requireCurrentTables } from './schema/postgres-schema.ts'
import type { Tables } from './tables.ts'
import { createPostgresTransact } from './transactions.ts'

/** For redirects and readiness only, which would wait behind the statements of hundreds of sign-ins. */
const lookupConnections = 2

/**
 * Bounds every wait in the server, where a timeout of the client would leave a process waiting: for a lock, for a
 * statement, and for the next statement of a transaction whose process has died. Statements instead of parameters of
 * the connection, which PgBouncer rejects.
 */
const setBounds = `
  SET lock_timeout = '2s';
  SET statement_timeout = ${databaseTimeout};
  SET idle_in_transaction_session_timeout = '5s'`

/** Connects to the database, whose tables must have the version of this program. */
export async function openPostgres(
  url: string,
  observeStatement?: ObserveStatement,
): Promise<Persistence> {
  const pool = createRequestPool(url, 10)
  try {
    await requireCurrentTables(url, pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  const lookupPool = createRequestPool(url, lookupConnections)
  const database = createDatabase(pool, observeStatement)
  const repositories = createRepositories(database)
  const { resolve, findCodes } = createLinkRepository(createDatabase(lookupPool, observeStatement))
  return {
    ...repositories,
    links: { ...repositories.links, resolve, findCodes },
    rateLimiter: createRateLimiter(database, (options) => createPostgresLimiter(pool, options)),
    sessionStore: createPostgresSessionStore(pool),
    grantStore: createPostgresGrantStore(pool),
    revocationChannel: createPostgresRevocationChannel({
      createClient: () => createListenClient(url),
    }),
    ping: (timeout) => ping(lookupPool, timeout),
    currentTime: createPostgresSessionStore(lookupPool).currentTime,
    canWrite: () => canWrite(database),
    connections: () => [stateOf('requests', pool), stateOf('lookups', lookupPool)],
    async close() {
      await Promise.all([pool.end(), lookupPool.end()])
    },
  }
}

function stateOf(name: string, pool: pg.Pool): ConnectionState {
  const { totalCount, idleCount, waitingCount } = pool
  return { pool: name, open: totalCount, idle: idleCount, waiting: waitingCount }
}

function createRequestPool(url: string, max: number): pg.Pool {
  return createPool({
    connectionString: url,
    max,
    connectionTimeoutMillis: databaseTimeout,
    onConnect: (client) => client.query(setBounds),
    query_timeout: databaseTimeout + 500,
    application_name: 'mjrwtf',
  })
}

function createDatabase(pool: pg.Pool, observeStatement?: ObserveStatement): Database {
  const kysely = new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool,
      onCreateConnection: async (connection) => observeConnection(connection, observeStatement),
    }),
  })
  return { kysely, dialect: postgresDialect, transact: createPostgresTransact(kysely) }
}

/** Drops the names of prepared statements, which do not work through PgBouncer. */
function createPostgresLimiter(pool: pg.Pool, options: LimiterOptions) {
  const storeClient = {
    query: ({ text, values }: pg.QueryConfig) => pool.query(text, values),
  }
  return new RateLimiterPostgres({ ...options, storeClient, storeType: 'pool' })
}

/** A separate connection for notifications, because a pool would reclaim it. */
function createListenClient(url: string): pg.Client {
  return new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: databaseTimeout,
    keepAlive: true,
    application_name: 'mjrwtf-revocations',
  })
}

async function ping(pool: pg.Pool, timeout: number): Promise<boolean> {
  const { promise: timedOut, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, timeout, false)
  const result = pool.query('SELECT 1').then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([result, timedOut])
  } finally {
    clearTimeout(timer)
  }
}
