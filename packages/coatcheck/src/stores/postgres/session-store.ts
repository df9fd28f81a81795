import type { SessionId, SessionRecord, UserId } from '../../domain/session.ts'
import { isStorableId } from '../../domain/storable.ts'
import { readStoredRecord, readValidRecords } from '../../domain/stored-record.ts'
import type { Instant } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { PostgresPool } from './driver.ts'
import { end, endByUser } from './ending.ts'
import { insert } from './insert.ts'
import { query } from './query.ts'
import { recordColumns, toStoredRecord, toTimestamp } from './record.ts'
import { claimSweep, endExpired, purge } from './sweep.ts'
import { replaceData, replaceSecret, touch } from './updates.ts'

/**
 * Creates a store on a connection pool of a PostgreSQL database whose tables come from
 * `migratePostgresSessions`. Any number of processes may use one database. Instants are stored to the
 * millisecond, in the years 1 to 9999. See `PostgresPool` for the configuration of the pool. The app
 * must end the pool.
 */
export function createPostgresSessionStore(pool: PostgresPool): SessionStore {
  // Async, so that an invalid argument rejects instead of throwing.
  return {
    insert: async (insertion) => insert(pool, insertion),
    find: async (id) => find(pool, id),
    listByUser: async (userId, at) => listByUser(pool, userId, at),
    replaceSecret: async (id, replacement) => replaceSecret(pool, id, replacement),
    replaceData: async (id, replacement) => replaceData(pool, id, replacement),
    touch: async (activities, precision) => touch(pool, activities, precision),
    end: async (id, ending) => end(pool, id, ending),
    endByUser: async (userId, ending, except) => endByUser(pool, { userId, ending, except }),
    endExpired: async (sweep) => endExpired(pool, sweep),
    claimSweep: async (claim) => claimSweep(pool, claim),
    purge: async (endedBefore, limit) => purge(pool, endedBefore, limit),
  }
}

const findQuery = `SELECT ${recordColumns} FROM sessions WHERE id = $1`

async function find(pool: PostgresPool, id: SessionId): Promise<SessionRecord | null> {
  if (!isStorableId(id)) return null
  const [row] = await query(pool, { name: 'coatcheck-find', text: findQuery, values: [id] })
  return row === undefined ? null : readStoredRecord(toStoredRecord(row))
}

async function listByUser(
  pool: PostgresPool,
  userId: UserId,
  at: Instant,
): Promise<readonly SessionRecord[]> {
  if (!isStorableId(userId)) return []
  const rows = await query(pool, {
    text: `
      SELECT ${recordColumns} FROM sessions
      WHERE user_id = $1 AND ended_at IS NULL
        AND expires_at > $2::timestamptz AND last_activity_at + idle_timeout > $2::timestamptz
      ORDER BY created_at DESC, id`,
    values: [userId, toTimestamp(at)],
  })
  return readValidRecords(rows.map(toStoredRecord))
}
