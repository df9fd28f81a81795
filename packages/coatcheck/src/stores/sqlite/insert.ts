import { SessionError } from '../../domain/errors.ts'
import type { EndReason, SessionId } from '../../domain/session.ts'
import { isStorableId, requireStorable } from '../../domain/storable.ts'
import { fieldOf, readEnded } from '../../domain/stored-record.ts'
import type { Instant } from '../../domain/time.ts'
import type { EndedSession, InsertOutcome, SessionInsertion } from '../../ports/session-store.ts'
import { isForeignKeyViolation, transact } from './attempt.ts'
import type { SqliteDatabase, SqliteStatement } from './database.ts'
import { insertRecord, toParameters } from './record.ts'

interface InsertStatements {
  readonly known: SqliteStatement
  readonly outdated: SqliteStatement
  readonly live: SqliteStatement
  readonly end: SqliteStatement
  readonly add: SqliteStatement
}

/** Prepares the operation `insert`: it decides and writes under the one write lock there is. */
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
    known: database.prepare('SELECT 1 FROM sessions WHERE id = :id'),
    outdated: database.prepare(
      'SELECT 1 FROM session_user_endings WHERE user_id = :userId AND ended_at >= :checkedAt',
    ),
    live: database.prepare(`
      SELECT id FROM sessions
      WHERE user_id = :userId AND ended_at IS NULL AND id IS NOT :replaces
        AND expires_at > :at AND last_activity_at + idle_timeout_ms > :at
      ORDER BY created_at, id`),
    end: database.prepare(`
      UPDATE sessions SET ended_at = :at, end_reason = :reason, ended_by = NULL
      WHERE id = :id AND ended_at IS NULL
      RETURNING id, user_id AS userId`),
    add: database.prepare(insertRecord),
  }
}

function insert(statements: InsertStatements, insertion: SessionInsertion): InsertOutcome {
  const { record, replaces, cap, credentialsCheckedAt: checkedAt } = insertion
  if (statements.known.all({ id: record.id }).length > 0) {
    throw new SessionError('id-in-use', 'A session with this id exists already')
  }
  const asked = { userId: record.userId, checkedAt }
  if (checkedAt !== null && statements.outdated.all(asked).length > 0) {
    return { status: 'refused', reason: 'credentials-outdated' }
  }
  const surplus = findSurplus(statements, insertion)
  if (surplus.length > 0 && cap?.whenFull === 'refuse') {
    return { status: 'refused', reason: 'session-cap' }
  }

  const ended = [
    ...endEach(statements, replaces === null ? [] : [replaces], {
      at: record.createdAt,
      reason: 'signed-in-again',
    }),
    ...endEach(statements, surplus, { at: record.createdAt, reason: 'session-cap' }),
  ]
  add(statements, insertion)
  return { status: 'inserted', ended }
}

/** The user's oldest live sessions that must give way for the new one to fit. */
function findSurplus(
  statements: InsertStatements,
  { record, replaces, cap }: SessionInsertion,
): readonly SessionId[] {
  if (cap === null) return []
  const live = statements.live.all({ userId: record.userId, replaces, at: record.createdAt })
  return live
    .slice(0, Math.max(0, live.length + 1 - cap.limit))
    .map((row) => String(fieldOf(row, 'id')) as SessionId)
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

function add(statements: InsertStatements, { record }: SessionInsertion): void {
  try {
    statements.add.run(toParameters(record))
  } catch (error) {
    throw isForeignKeyViolation(error) ? noSuchUser(error) : error
  }
}

function noSuchUser(cause: unknown): SessionError {
  return new SessionError('unknown-user', 'The user of the session does not exist', { cause })
}
