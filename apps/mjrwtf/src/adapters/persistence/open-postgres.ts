import { isSessionError } from 'coatcheck'
import {
  createPostgresGrantStore,
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import { canWrite } from './can-write.ts'
import { codeOf, type Database } from './database.ts'
import { createLinkRepository } from './link-repository.ts'
import { planMigration } from './migrations/migration.ts'
import { postgresMigrations } from './migrations/postgres-migrations.ts'
import { createRepositories, type Persistence } from './persistence.ts'
import { PersistenceError } from './persistence-error.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { createRateLimiter, type LimiterOptions } from './rate-limiter.ts'
import type { Tables } from './tables.ts'
import { createPostgresTransact } from './transactions.ts'

/** Limits how long a request waits for the database before it fails with 503, in ms. */
const databaseTimeout = 5_000

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

/** Connects to the database and migrates its tables. */
export async function openPostgres(url: string): Promise<Persistence> {
  await migrateAtStart(url)
  const pool = createRequestPool(url, 10)
  const lookupPool = createRequestPool(url, lookupConnections)
  const database = createDatabase(pool)
  const repositories = createRepositories(database)
  const { resolve, isCodeUsed } = createLinkRepository(createDatabase(lookupPool))
  return {
    ...repositories,
    links: { ...repositories.links, resolve, isCodeUsed },
    rateLimiter: createRateLimiter(database, (options) => createPostgresLimiter(pool, options)),
    sessionStore: createPostgresSessionStore(pool),
    grantStore: createPostgresGrantStore(pool),
    revocationChannel: createPostgresRevocationChannel({
      createClient: () => createListenClient(url),
    }),
    ping: (timeout) => ping(lookupPool, timeout),
    canWrite: () => canWrite(database),
    async close() {
      await Promise.all([pool.end(), lookupPool.end()])
    },
  }
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

function createDatabase(pool: pg.Pool): Database {
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
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

function createPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  // An unhandled error event of a broken connection would end the process. A connection in use reports the failure by
  // its statement; the pool replaces an idle one.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

function ignore(): void {}

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

async function migrateAtStart(url: string): Promise<void> {
  // A separate pool without timeouts of the client: a migration, or waiting for another process's, may take long.
  const pool = createPool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: databaseTimeout,
  })
  try {
    await migratePostgres(pool)
  } catch (error) {
    throw toStartError(url, error)
  } finally {
    await pool.end()
  }
}

/** Migrates the tables of the app, then of the sessions, to the newest version, or drops them all (`to` 0). */
export async function migratePostgres(pool: pg.Pool, to: 0 | 'newest' = 'newest'): Promise<void> {
  const sessionOptions = { userReference: { table: 'users', column: 'id' } }
  if (to === 0) await migratePostgresSessions(pool, { ...sessionOptions, to: 0 })
  await migrateApp(pool, to)
  if (to === 'newest') await migratePostgresSessions(pool, sessionOptions)
}

/** A step may run for long, but another process that migrates may have died, and a table in use stops all others. */
const beginMigration = `
  BEGIN;
  SET LOCAL statement_timeout = 0;
  SET LOCAL lock_timeout = '1min';
  SET LOCAL idle_in_transaction_session_timeout = '10s'`

async function migrateApp(pool: pg.Pool, to: 0 | 'newest'): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(beginMigration)
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('mjrwtf:migrate', 0))`)
    await applyPlan(client, to === 0 ? 0 : postgresMigrations.length)
    await client.query('COMMIT')
  } catch (error) {
    // Closes the connection, which rolls the transaction back.
    client.release(true)
    throw error
  }
  client.release()
}

async function applyPlan(client: pg.PoolClient, target: number): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS app_migrations (
    version integer PRIMARY KEY, name text NOT NULL)`)
  const { rows } = await client.query('SELECT max(version) AS version FROM app_migrations')
  const plan = planMigration(postgresMigrations, Number(rows[0]?.version ?? 0), target)
  for (const { version, name, up } of plan.up) {
    await client.query(up)
    await client.query('INSERT INTO app_migrations VALUES ($1, $2)', [version, name])
  }
  for (const { version, down } of plan.down) {
    await client.query(down)
    await client.query('DELETE FROM app_migrations WHERE version = $1', [version])
  }
}

function toStartError(url: string, error: unknown): PersistenceError {
  if (error instanceof PersistenceError) return error
  if (isSessionError(error) && error.code === 'schema-too-new') {
    return new PersistenceError('database-too-new', error.message, { cause: error })
  }
  // Omits the URL, which contains the password.
  const { host, pathname } = new URL(url)
  const reason = codeOf(error) || (error instanceof Error ? error.message : 'unknown')
  const message = `Cannot use PostgreSQL at ${host}${pathname} (${reason}). Check that it is running, and check DATABASE_URL.`
  return new PersistenceError('database-unreachable', message, { cause: error })
}
