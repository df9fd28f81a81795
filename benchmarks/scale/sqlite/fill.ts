import { setImmediate as breathe } from 'node:timers/promises'
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

/** The file is thrown away if a fill fails, so nothing is journalled. */
const fastSettings = [
  'journal_mode = OFF',
  'synchronous = OFF',
  'locking_mode = EXCLUSIVE',
  // Indexes of random keys are written all over: they have to stay in memory until the end.
  'cache_size = -3000000',
]

/** Rows after which signals have their turn: a run must be possible to interrupt. */
const yieldInterval = 10_000

/**
 * Makes the table hold rows 0 to `size` - 1, none of them ended. No other connection may be open. The
 * indexes stay on while it fills: built afterwards they would be denser than sign-ins leave them.
 */
export async function fill(path: string, size: number, now: Instant): Promise<void> {
  const database = new Database(path)
  for (const setting of fastSettings) database.pragma(setting)
  database.exec('BEGIN')
  // What sign-ins and endings of an earlier measurement left.
  database.prepare('DELETE FROM sessions WHERE ended_at IS NOT NULL OR created_at >= ?').run(now)
  database.exec('DELETE FROM session_user_endings; DELETE FROM session_changes')
  const add = database.prepare(fillStatement)
  for (let n = 0; n < size; n++) {
    add.run(...valuesOf(n, now))
    if (n % yieldInterval === 0) await breathe()
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
