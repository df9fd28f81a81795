import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sqliteSessionMigrations } from 'coatcheck/sqlite'
import type {
  MigrateOptions,
  Schema,
  SchemaPlan,
  SchemaVersion,
} from '../../../application/ports/schema.ts'
import { type Milliseconds, minute } from '../../../domain/time.ts'
import { sqliteMigrations } from '../migrations/sqlite-migrations.ts'
import {
  type Migrations,
  newestVersion,
  planSchema,
  requireCurrent,
  statusOf,
} from './schema-plan.ts'
import {
  type Connection,
  connect,
  createFile,
  explained,
  isBusy,
  toPersistenceError,
} from './sqlite-file.ts'

/** All steps for SQLite. */
export const sqliteSteps: Migrations = { app: sqliteMigrations, sessions: sqliteSessionMigrations }

/** How long one process waits for the migration of another. The lock of a process that has died is released at once. */
const maxWait: Milliseconds = 10 * minute
const retryInterval: Milliseconds = 100

const noTables: SchemaVersion = { app: 0, sessions: 0 }

/** The tables in a SQLite file. A missing file has none, and only `migrate` creates it. */
export function openSqliteSchema(file: string, lockWait: Milliseconds = maxWait): Schema {
  const path = resolve(file)

  function read(): SchemaVersion {
    if (!existsSync(path)) return noTables
    return explained(path, () => withConnection(connect(path), readVersion))
  }

  return {
    newest: newestVersion(sqliteSteps),
    async status() {
      return statusOf(sqliteSteps, read())
    },
    async plan(target) {
      return planSchema(sqliteSteps, read(), target)
    },
    migrate: (target, options) => migrateFile({ path, target, lockWait, ...options }),
    async close() {},
  }
}

/** Throws `PersistenceError` unless the tables have the version of this program. */
export function requireCurrentTables(connection: Connection): void {
  requireCurrent(statusOf(sqliteSteps, readVersion(connection)))
}

interface FileMigration extends MigrateOptions {
  readonly path: string
  readonly target: number
  readonly lockWait: Milliseconds
}

/** Repeats the attempt while another process holds the write lock, without blocking this one. */
async function migrateFile(migration: FileMigration): Promise<SchemaPlan> {
  const { path, target, lockWait, onWaiting } = migration
  explained(path, () => createFile(path))
  const deadline = performance.now() + lockWait
  for (let isFirst = true; ; isFirst = false) {
    try {
      return withConnection(connect(path, 0), (connection) => migrateSqlite(connection, target))
    } catch (error) {
      const canWait = isBusy(error) && performance.now() < deadline
      if (!canWait) throw toPersistenceError(path, error)
    }
    if (isFirst) onWaiting()
    await setTimeout(retryInterval)
  }
}

function withConnection<Result>(
  connection: Connection,
  work: (connection: Connection) => Result,
): Result {
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}

/**
 * Migrates the tables to a version of the app, by default the newest, in one transaction. Fails with SQLITE_BUSY while
 * another process writes, for longer than the `busy_timeout` of the connection.
 */
export function migrateSqlite(
  connection: Connection,
  target = sqliteMigrations.length,
): SchemaPlan {
  // Reads first: a start of the newest version waits for no lock.
  const early = planSchema(sqliteSteps, readVersion(connection), target)
  if (early.steps.length === 0) return early
  // Allows migrations to change constraints in the schema.
  connection.unsafeMode(true)
  try {
    // IMMEDIATE takes the write lock first, so that only one of several processes migrates.
    return connection.transaction(() => run(connection, target)).immediate()
  } finally {
    connection.unsafeMode(false)
  }
}

function run(connection: Connection, target: number): SchemaPlan {
  // Again: another process may have migrated meanwhile.
  const plan = planSchema(sqliteSteps, readVersion(connection), target)
  for (const table of ['app_migrations', 'session_migrations']) {
    connection.exec(`CREATE TABLE IF NOT EXISTS ${table} (
      version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`)
  }
  for (const { statements } of plan.steps) {
    for (const statement of statements) connection.exec(statement)
  }
  return plan
}

function readVersion(connection: Connection): SchemaVersion {
  const exists = connection
    .prepare<[string], number>(
      `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?`,
    )
    .pluck()
  const newest = (table: string) => {
    if (exists.get(table) !== 1) return 0
    const text = `SELECT coalesce(max(version), 0) FROM ${table}`
    return connection.prepare<[], number>(text).pluck().get() ?? 0
  }
  return { app: newest('app_migrations'), sessions: newest('session_migrations') }
}
