import pg from 'pg'
import { codeOf } from '../database.ts'
import { PersistenceError, type PersistenceErrorCode } from '../persistence-error.ts'

/** Limits how long a request waits for the database before it fails with 503, in ms. */
export const databaseTimeout = 5_000

export function createPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  // An unhandled error event of a broken connection would end the process. A connection in use reports the failure by
  // its statement; the pool replaces an idle one.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

function ignore(): void {}

/** What the operator can do, by SQLSTATE. */
const advice: Readonly<Record<string, readonly [PersistenceErrorCode, string]>> = {
  '42501': [
    'missing-privilege',
    'The role has not the privileges that it needs. Run "mjrwtf migrate up" with DATABASE_MIGRATION_URL set to a role that may change the tables; docs/upgrades.md lists the privileges of both.',
  ],
  '55P03': [
    'database-locked',
    'A table is in use, by a backup or by another migration. Nothing was changed. Try again when it has finished.',
  ],
}

/** Omits the URL, which contains the password. */
export function toPersistenceError(url: string, error: unknown): PersistenceError {
  if (error instanceof PersistenceError) return error
  const { host, pathname } = new URL(url)
  const reason = codeOf(error) || (error instanceof Error ? error.message : 'unknown')
  const [code, help] = advice[reason] ?? [
    'database-unreachable',
    'Check that it is running, and check DATABASE_URL.',
  ]
  const message = `Cannot use PostgreSQL at ${host}${pathname} (${reason}). ${help}`
  return new PersistenceError(code, message, { cause: error })
}
