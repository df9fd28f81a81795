import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { Instant } from 'coatcheck'
import {
  absoluteTimeout,
  clientOf,
  csrfSecretOf,
  idleTimeout,
  idOf,
  instantsOf,
  secretHashOf,
  sessionData,
  userIdOf,
  userOf,
} from '../rows.ts'

/** No journal: a failed fill deletes the file. */
const fastSettings = [
  'journal_mode = OFF',
  'synchronous = OFF',
  'locking_mode = EXCLUSIVE',
  // Indexes of random keys are written everywhere, so they must fit in memory.
  'cache_size = -3000000',
]

/** Rows after which signals are handled, so that a run can be interrupted. */
const yieldInterval = 10_000

/**
 * Fills the table with rows 0 to `size` - 1, none of them ended. No other connection may be open.
 * Indexes exist while it fills: built afterward, they would be denser than those of real sign-ins.
 */
export async function fill(path: string, size: number, now: Instant): Promise<void> {
  const database = new Database(path)
  for (const setting of fastSettings) database.pragma(setting)
  database.exec('BEGIN')
  // Rows that sign-ins and ends of an earlier measurement left.
  database.prepare('DELETE FROM sessions WHERE ended_at IS NOT NULL OR created_at >= ?').run(now)
  database.exec('DELETE FROM session_user_endings; DELETE FROM session_changes')
  const add = database.prepare(fillStatement)
  for (let n = 0; n < size; n++) {
    add.run(...valuesOf(n, now))
    if (n % yieldInterval === 0) await yieldToEventLoop()
  }
  database.exec('COMMIT')
  database.close()
}

const fillStatement = `
  INSERT INTO sessions (
    id, secret_hash, user_id, created_at, expires_at, last_activity_at, idle_timeout_ms,
    authenticated_at, remembered, ip_address, user_agent, csrf_secret, data, data_version
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO NOTHING`

function valuesOf(n: number, now: Instant): readonly (string | number | Buffer | null)[] {
  const { createdAt, lastActivityAt } = instantsOf(n, now)
  const { ipAddress, userAgent } = clientOf(n)
  return [
    idOf(n),
    secretHashOf(n),
    userIdOf(userOf(n)),
    createdAt,
    createdAt + absoluteTimeout,
    lastActivityAt,
    idleTimeout,
    createdAt,
    1,
    ipAddress,
    userAgent,
    csrfSecretOf(n),
    sessionData,
    0,
  ]
}
