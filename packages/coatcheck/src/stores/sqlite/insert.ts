import { SessionError } from '../../domain/errors.ts'
import type { EndReason, SessionId } from '../../domain/session.ts'
import { isStorableId, requireStorable } from '../../domain/storable.ts'
import { getField, readEnded } from '../../domain/stored-record.ts'
import type { Instant } from '../../domain/time.ts'
import type { EndedSession, InsertOutcome, SessionInsertion } from '../../ports/session-store.ts'
import type { SqliteDatabase, SqliteStatement } from './database.ts'
import { insertRecord, toParameters } from './record.ts'
import { isForeignKeyViolation, transact } from './transact.ts'

interface InsertStatements {
  readonly idExists: SqliteStatement
  readonly credentialsOutdated: SqliteStatement
  readonly liveSessions: SqliteStatement
  readonly end: SqliteStatement
  readonly insertRow: SqliteStatement
}

/** Prepares `insert`. It decides and writes under the write lock of the database. */
export function prepareInsert(
  database: SqliteDatabase,
): (insertion: SessionInsertion) => InsertOutcome {
  const statements = prepareStatements(database)
  return (insertion) => {
    requireStorable(insertion.record)
    return transact(database, () => insert(statements, insertion))
  }
}

function prepareStatements(database: SqliteDatabase): InsertStatements {
  return {
    idExists: database.prepare('SELECT 1 FROM sessions WHERE id = :id'),
    credentialsOutdated: database.prepare(
      'SELECT 1 FROM session_user_endings WHERE user_id = :userId AND ended_at >= :checkedAt',
    ),
    liveSessions: database.prepare(`
      SELECT id FROM sessions
      WHERE user_id = :userId AND ended_at IS NULL AND id IS NOT :replaces
        AND expires_at > :at AND last_activity_at + idle_timeout_ms > :at
      ORDER BY created_at, id`),
    end: database.prepare(`
      UPDATE sessions SET ended_at = :at, end_reason = :reason, ended_by = NULL
      WHERE id = :id AND ended_at IS NULL
      RETURNING id, user_id AS userId`),
    insertRow: database.prepare(insertRecord),
  }
}

function insert(statements: InsertStatements, insertion: SessionInsertion): InsertOutcome {
  const { record, replaces, cap, credentialsCheckedAt: checkedAt } = insertion
  if (statements.idExists.all({ id: record.id }).length > 0) {
    throw new SessionError('id-in-use', 'A session with this id already exists')
  }
  const credentials = { userId: record.userId, checkedAt }
  if (checkedAt !== null && statements.credentialsOutdated.all(credentials).length > 0) {
    return { status: 'refused', reason: 'credentials-outdated' }
  }
  const excess = findExcess(statements, insertion)
  if (excess.length > 0 && cap?.whenFull === 'refuse') {
    return { status: 'refused', reason: 'session-cap' }
  }

  const ended = [
    ...endEach(statements, replaces === null ? [] : [replaces], {
      at: record.createdAt,
      reason: 'signed-in-again',
    }),
    ...endEach(statements, excess, { at: record.createdAt, reason: 'session-cap' }),
  ]
  insertRow(statements, insertion)
  return { status: 'inserted', ended }
}

/** Returns the user's oldest live sessions that exceed the cap once the new one is added. */
function findExcess(
  statements: InsertStatements,
  { record, replaces, cap }: SessionInsertion,
): readonly SessionId[] {
  if (cap === null) return []
  const live = statements.liveSessions.all({
    userId: record.userId,
    replaces,
    at: record.createdAt,
  })
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

function insertRow(statements: InsertStatements, { record }: SessionInsertion): void {
  try {
    statements.insertRow.run(toParameters(record))
  } catch (error) {
    throw isForeignKeyViolation(error) ? noSuchUser(error) : error
  }
}

function noSuchUser(cause: unknown): SessionError {
  return new SessionError('unknown-user', 'The user of the session does not exist', { cause })
}
