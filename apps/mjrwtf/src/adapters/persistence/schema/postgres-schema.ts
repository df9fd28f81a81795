import { postgresSessionMigrations } from 'coatcheck/postgres'
import type pg from 'pg'
import type {
  MigrateOptions,
  Schema,
  SchemaPlan,
  SchemaVersion,
} from '../../../application/ports/schema.ts'
import { postgresMigrations } from '../migrations/postgres-migrations.ts'
import { createPool, databaseTimeout, toPersistenceError } from './postgres-connection.ts'
import {
  type Migrations,
  newestVersion,
  planSchema,
  requireCurrent,
  statusOf,
} from './schema-plan.ts'

/** All steps for PostgreSQL. */
export const postgresSteps: Migrations = {
  app: postgresMigrations,
  sessions: postgresSessionMigrations,
}

/** The tables in a PostgreSQL database. */
export function openPostgresSchema(url: string): Schema {
  // Without timeouts of the client: a migration, or waiting for another process's, may take long.
  const pool = createPool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: databaseTimeout,
    application_name: 'mjrwtf-migrations',
  })
  return {
    newest: newestVersion(postgresSteps),
    status: () => explained(url, async () => statusOf(postgresSteps, await readVersion(pool))),
    plan: (target) =>
      explained(url, async () => planSchema(postgresSteps, await readVersion(pool), target)),
    migrate: (target, options) => explained(url, () => migratePostgres(pool, target, options)),
    close: () => pool.end(),
  }
}

/** Rejects with `PersistenceError` unless the tables have the version of this program. */
export async function requireCurrentTables(url: string, pool: pg.Pool): Promise<void> {
  await explained(url, async () => requireCurrent(statusOf(postgresSteps, await readVersion(pool))))
}

async function explained<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw toPersistenceError(url, error)
  }
}

/** Migrates the tables to a version of the app, by default the newest, in one transaction. */
export async function migratePostgres(
  pool: pg.Pool,
  target = postgresMigrations.length,
  { onWaiting }: MigrateOptions = { onWaiting: () => {} },
): Promise<SchemaPlan> {
  // Reads first: a start of the newest version needs no lock and no privilege to create.
  const early = planSchema(postgresSteps, await readVersion(pool), target)
  if (early.steps.length === 0) return early
  const client = await pool.connect()
  try {
    await client.query(beginMigration)
    await lock(client, onWaiting)
    const plan = await run(client, target)
    await client.query('COMMIT')
    client.release()
    return plan
  } catch (error) {
    // Closes the connection, which rolls the transaction back.
    client.release(true)
    throw error
  }
}

/** A step may run for long, but a process that migrates may die. */
const beginMigration = `
  BEGIN;
  SET LOCAL statement_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = '10s'`

const lockKey = `hashtextextended('mjrwtf:migrate', 0)`

/** Of the transaction, which works through PgBouncer too. */
async function lock(client: pg.PoolClient, onWaiting: () => void): Promise<void> {
  const { rows } = await client.query(`SELECT pg_try_advisory_xact_lock(${lockKey}) AS is_locked`)
  if (rows[0]?.is_locked !== true) {
    onWaiting()
    await client.query(`SET LOCAL lock_timeout = '10min'`)
    await client.query(`SELECT pg_advisory_xact_lock(${lockKey})`)
  }
  // All requests wait behind a step that waits for a table in use, such as by a backup.
  await client.query(`SET LOCAL lock_timeout = '3s'`)
}

async function run(client: pg.PoolClient, target: number): Promise<SchemaPlan> {
  // Again: another process may have migrated meanwhile.
  const plan = planSchema(postgresSteps, await readVersion(client), target)
  if (plan.steps.length === 0) return plan
  for (const table of ['app_migrations', 'session_migrations']) {
    await client.query(`CREATE TABLE IF NOT EXISTS ${table} (
      version integer PRIMARY KEY, name text NOT NULL)`)
  }
  for (const { statements } of plan.steps) {
    for (const statement of statements) await client.query(statement)
  }
  return plan
}

async function readVersion(database: pg.Pool | pg.PoolClient): Promise<SchemaVersion> {
  const app = await readNewest(database, 'app_migrations')
  return { app, sessions: await readNewest(database, 'session_migrations') }
}

async function readNewest(database: pg.Pool | pg.PoolClient, table: string): Promise<number> {
  const { rows: found } = await database.query(
    `SELECT to_regclass('${table}') IS NOT NULL AS exists`,
  )
  if (found[0]?.exists !== true) return 0
  const { rows } = await database.query(
    `SELECT coalesce(max(version), 0)::int AS version FROM ${table}`,
  )
  return Number(rows[0]?.version)
}
