import { SessionError } from '../../domain/errors.ts'
import {
  type EndReason,
  maxEndedSessions,
  maxRemovedSessions,
  type SessionId,
  type SessionRecord,
} from '../../domain/session.ts'
import { isStorableId, requireStorable } from '../../domain/storable.ts'
import { getField } from '../../domain/stored-fields.ts'
import { formatMethods } from '../../domain/stored-methods.ts'
import { readEnded } from '../../domain/stored-record.ts'
import { type Instant, minute } from '../../domain/time.ts'
import type {
  EndedSession,
  InsertOutcome,
  SessionInsertion,
  SessionStore,
} from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import {
  currentTime,
  isForeignKeyViolation,
  type SqliteDatabase,
  type SqliteParameters,
  transact,
} from './database.ts'

/** Prepares `insert`. It decides and writes under the write lock of the database. */
export function prepareInsert(database: SqliteDatabase, names: TableNames): SessionStore['insert'] {
  const statements = prepareStatements(database, names)
  return async (insertion) => {
    requireStorable(insertion.record)
    return transact(database, () => insert(statements, insertion))
  }
}

type InsertStatements = ReturnType<typeof prepareStatements>

function prepareStatements(
  database: SqliteDatabase,
  { sessions, userEndings, pendingSignIns }: TableNames,
) {
  return {
    idExists: database.prepare(`SELECT 1 FROM ${sessions} WHERE id = :id`),
    // A process whose clock is ahead has started its check as much earlier. An ending that is still in
    // the future was stored before the machine's clock was set back.
    outdated: database.prepare(`
      SELECT 1 FROM ${userEndings}
      WHERE user_id = :userId AND ended_at <= ${currentTime} + ${minute}
        AND ended_at >= :checkedAt - max(0, :at - ${currentTime})`),
    liveSessions: database.prepare(`
      SELECT id FROM ${sessions}
      WHERE user_id = :userId AND ended_at IS NULL AND id IS NOT :replaces
        AND expires_at > :at AND last_activity_at + idle_timeout_ms > :at
      ORDER BY created_at, id`),
    complete: database.prepare(`
      DELETE FROM ${pendingSignIns}
      WHERE id = :id AND secret_hash = :secretHash AND user_id = :userId AND expires_at > :at
        AND attempts > 0
      RETURNING 1`),
    end: database.prepare(`
      UPDATE ${sessions} SET ended_at = :at, end_reason = :reason, ended_by = NULL
      WHERE id = :id AND ended_at IS NULL
      RETURNING id, CAST(user_id AS TEXT) AS userId, created_at AS createdAt`),
    insertRow: database.prepare(`
      INSERT INTO ${sessions} (
        id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
        created_at, expires_at, last_activity_at, idle_timeout_ms, authenticated_at, remembered,
        ip_address, user_agent, csrf_secret, data, data_version, methods, replaces
      ) VALUES (
        :id, :secretHash, :previousSecretHash, :previousSecretExpiresAt, :rotatedAt, :userId,
        :createdAt, :expiresAt, :lastActivityAt, :idleTimeout, :authenticatedAt, :remembered,
        :ipAddress, :userAgent, :csrfSecret, :data, :dataVersion, :methods, :replaces
      )`),
    removeOldestEnded: database.prepare(`
      DELETE FROM ${sessions} WHERE id IN (
        SELECT id FROM ${sessions} WHERE user_id = :userId AND ended_at IS NOT NULL
        ORDER BY ended_at DESC LIMIT ${maxRemovedSessions} OFFSET ${maxEndedSessions}
      )`),
  }
}

function insert(statements: InsertStatements, insertion: SessionInsertion): InsertOutcome {
  const { record, replaces, cap, credentialsCheckedAt: checkedAt } = insertion
  const { userId, createdAt: at } = record
  if (statements.idExists.all({ id: record.id }).length > 0) {
    throw new SessionError('id-in-use', 'A session with this id already exists')
  }
  const outdated = checkedAt === null ? [] : statements.outdated.all({ userId, checkedAt, at })
  if (outdated.length > 0) return { status: 'refused', reason: 'credentials-outdated' }
  const excess = findExcess(statements, insertion)
  if (excess.length > 0 && cap?.whenFull === 'refuse') {
    return { status: 'refused', reason: 'session-cap' }
  }
  if (!complete(statements, insertion)) {
    return { status: 'refused', reason: 'pending-sign-in-ended' }
  }

  const replaced = replaces === null ? [] : [replaces]
  const ended = [
    ...endEach(statements, replaced, { at, reason: 'signed-in-again' }),
    ...endEach(statements, excess, { at, reason: 'session-cap' }),
  ]
  insertRow(statements, insertion)
  statements.removeOldestEnded.run({ userId })
  return { status: 'inserted', ended }
}

/** Removes the pending sign-in that becomes the session. Returns `false` if there is none. */
function complete(statements: InsertStatements, { record, completes }: SessionInsertion): boolean {
  if (completes === null) return true
  const { id, secretHash } = completes
  const { userId, createdAt: at } = record
  if (!isStorableId(id)) return false
  return statements.complete.all({ id, secretHash, userId, at }).length === 1
}

/** Returns the user's oldest live sessions that exceed the cap once the new one is added. */
function findExcess(
  statements: InsertStatements,
  { record, replaces, cap }: SessionInsertion,
): readonly SessionId[] {
  if (cap === null) return []
  const { userId, createdAt: at } = record
  const live = statements.liveSessions.all({ userId, replaces, at })
  return live
    .slice(0, Math.max(0, live.length + 1 - cap.limit))
    .map((row) => String(getField(row, 'id')) as SessionId)
}

function endEach(
  statements: InsertStatements,
  ids: readonly SessionId[],
  ending: { readonly at: Instant; readonly reason: EndReason },
): readonly EndedSession[] {
  return ids
    .filter(isStorableId)
    .flatMap((id) => statements.end.all({ id, ...ending }))
    .map((row) => readEnded(row, ending.reason))
}

function insertRow(statements: InsertStatements, { record, replaces }: SessionInsertion): void {
  // A session whose id cannot be stored cannot exist.
  const stored = replaces !== null && isStorableId(replaces) ? replaces : null
  try {
    statements.insertRow.run({ ...toParameters(record), replaces: stored })
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    const message = 'The user of the session does not exist'
    throw new SessionError('unknown-user', message, { cause: error })
  }
}

function toParameters(record: SessionRecord): SqliteParameters {
  // An inserted session has not ended, so these fields have no parameters.
  const { endedAt: _at, endReason: _reason, endedBy: _by, ...rest } = record
  const { remembered, previousMethods: _previous, assuranceLevel: _level, ...columns } = rest
  return { ...columns, remembered: remembered ? 1 : 0, methods: formatMethods(record) }
}
