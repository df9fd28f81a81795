import type { SessionId, SessionRecord, UserId } from '../../domain/session.ts'
import { isStorableId } from '../../domain/storable.ts'
import { readStoredRecord, readValidRecords } from '../../domain/stored-record.ts'
import type { Instant } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { claimConnection, type SqliteDatabase } from './database.ts'
import { prepareEnd, prepareEndByUser } from './ending.ts'
import { prepareInsert } from './insert.ts'
import { recordColumns } from './record.ts'
import { prepareEndExpired, preparePurge } from './sweep.ts'
import { withSessionErrors } from './transact.ts'
import { prepareReplaceData, prepareReplaceSecret, prepareTouch } from './updates.ts'

/**
 * A statement blocks all requests of this process. With ten million sessions, one that ends or removes
 * this many takes about ten milliseconds (docs/scale.md).
 */
const sweepBatch = 100

/**
 * Creates a store on an open SQLite database whose tables come from `migrateSqliteSessions`. Several
 * processes may use one file. Statements run synchronously, each well under a millisecond on a local
 * disk. See `SqliteDatabase` for how to open the database. The app must close it.
 *
 * Throws `store-unavailable` if the tables do not exist, and `invalid-option` if a channel uses the
 * connection.
 */
export function createSqliteSessionStore(database: SqliteDatabase): SessionStore {
  claimConnection(database, 'store')
  const operations = withSessionErrors(() => prepareOperations(database))
  // Async, so that a failure rejects, as the port requires, instead of throwing.
  return {
    sweepBatch,
    insert: async (insertion) => operations.insert(insertion),
    find: async (id) => operations.find(id),
    listByUser: async (userId, at) => operations.listByUser(userId, at),
    replaceSecret: async (id, replacement) => operations.replaceSecret(id, replacement),
    replaceData: async (id, replacement) => operations.replaceData(id, replacement),
    touch: async (activities, precision) => operations.touch(activities, precision),
    end: async (id, ending) => operations.end(id, ending),
    endByUser: async (userId, ending, except) => operations.endByUser(userId, ending, except),
    endExpired: async (sweep) => operations.endExpired(sweep),
    purge: async (endedBefore, limit) => operations.purge(endedBefore, limit),
  }
}

function prepareOperations(database: SqliteDatabase) {
  return {
    insert: prepareInsert(database),
    find: prepareFind(database),
    listByUser: prepareListByUser(database),
    replaceSecret: prepareReplaceSecret(database),
    replaceData: prepareReplaceData(database),
    touch: prepareTouch(database),
    end: prepareEnd(database),
    endByUser: prepareEndByUser(database),
    endExpired: prepareEndExpired(database),
    purge: preparePurge(database),
  }
}

function prepareFind(database: SqliteDatabase): (id: SessionId) => SessionRecord | null {
  const statement = database.prepare(`SELECT ${recordColumns} FROM sessions WHERE id = :id`)
  return (id) => {
    if (!isStorableId(id)) return null
    const row = withSessionErrors(() => statement.get({ id }))
    return row === undefined ? null : readStoredRecord(row)
  }
}

function prepareListByUser(
  database: SqliteDatabase,
): (userId: UserId, at: Instant) => readonly SessionRecord[] {
  const statement = database.prepare(`
    SELECT ${recordColumns} FROM sessions
    WHERE user_id = :userId AND ended_at IS NULL
      AND expires_at > :at AND last_activity_at + idle_timeout_ms > :at
    ORDER BY created_at DESC, id`)
  return (userId, at) => {
    if (!isStorableId(userId)) return []
    return readValidRecords(withSessionErrors(() => statement.all({ userId, at })))
  }
}
