import { SessionError } from '../../domain/errors.ts'
import { maxEndedSessions, maxRemovedSessions, type SessionId } from '../../domain/session.ts'
import { isStorableId, requireStorable } from '../../domain/storable.ts'
import { getField } from '../../domain/stored-fields.ts'
import { readEnded } from '../../domain/stored-record.ts'
import type {
  EndedSession,
  InsertOutcome,
  SessionInsertion,
  SessionStore,
} from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { RunQuery } from './database.ts'
import { endedColumns, insertRecord, toTimestamp, toTimestampOrNull, toValues } from './record.ts'
import { isForeignKeyViolation, unknownUser } from './server-error.ts'
import type { Writes } from './writes.ts'

/** Creates `insert`. It decides and writes under the user's lock. */
export function createInsert(writes: Writes, names: TableNames): SessionStore['insert'] {
  const texts = createTexts(names)
  return async (insertion) => {
    const { record, replaces: id } = insertion
    requireStorable(record)
    // A session whose id cannot be stored cannot exist.
    const replaces = id !== null && isStorableId(id) ? id : null
    return writes.forUser(record.userId, (query) =>
      decide({ query, texts }, { ...insertion, replaces }),
    )
  }
}

interface Run {
  readonly query: RunQuery
  readonly texts: Texts
}

type Texts = ReturnType<typeof createTexts>

/** Returns the SQL of the statements. Parameters that are user ids have the type of `user_id`. */
function createTexts({ sessions, userEndings, pendingSignIns }: TableNames) {
  return {
    readConditions: `
      SELECT
        EXISTS (SELECT FROM ${sessions} WHERE id = $1)::text AS id_exists,
        EXISTS (
          SELECT FROM ${userEndings}
          WHERE user_id = $2 AND ended_at <= now() + interval '1 minute'
            AND ended_at >= $3::timestamptz - greatest($5::timestamptz - now(), interval '0')
        )::text AS credentials_outdated,
        to_json(ARRAY(
          SELECT id FROM ${sessions}
          WHERE user_id = $2 AND ended_at IS NULL AND id IS DISTINCT FROM $4
            AND expires_at > $5::timestamptz AND last_activity_at + idle_timeout > $5::timestamptz
          ORDER BY created_at, id
        ))::text AS live_sessions,
        (
          SELECT count(*)::text FROM ${sessions} WHERE user_id = $2 AND ended_at IS NOT NULL
        ) AS ended_count`,
    complete: `
      DELETE FROM ${pendingSignIns}
      WHERE id = $1 AND secret_hash = $2 AND user_id = $3 AND expires_at > $4::timestamptz
        AND attempts > 0
      RETURNING id`,
    // One statement, which locks the rows in id order: see `createTouch`.
    endEach: `
      WITH due AS (
        SELECT id FROM ${sessions} WHERE id = ANY ($1) AND ended_at IS NULL
        ORDER BY id FOR NO KEY UPDATE
      ), ended AS (
        UPDATE ${sessions} AS sessions SET ended_at = $2, ended_by = NULL,
          end_reason = CASE WHEN sessions.id = $3 THEN 'signed-in-again' ELSE 'session-cap' END
        FROM due WHERE sessions.id = due.id
        RETURNING sessions.id, user_id, created_at
      )
      SELECT id, ${endedColumns} FROM ended ORDER BY array_position($1, id)`,
    insertRecord: insertRecord(sessions),
    removeOldestEnded: `
      WITH oldest AS (
        SELECT id FROM ${sessions} WHERE user_id = $1 AND ended_at IS NOT NULL
        ORDER BY ended_at DESC LIMIT ${maxRemovedSessions} OFFSET ${maxEndedSessions}
      ), due AS (
        SELECT id FROM ${sessions} WHERE id IN (SELECT id FROM oldest) FOR UPDATE SKIP LOCKED
      )
      DELETE FROM ${sessions} AS sessions USING due WHERE sessions.id = due.id`,
  }
}

async function decide(run: Run, insertion: SessionInsertion): Promise<InsertOutcome> {
  const { cap } = insertion
  const { idExists, isOutdated, live, endedCount } = await readConditions(run, insertion)
  if (idExists) throw idInUse()
  if (isOutdated) return { status: 'refused', reason: 'credentials-outdated' }
  const excess = cap === null ? [] : live.slice(0, Math.max(0, live.length + 1 - cap.limit))
  if (excess.length > 0 && cap?.whenFull === 'refuse') {
    return { status: 'refused', reason: 'session-cap' }
  }
  if (!(await complete(run, insertion))) {
    return { status: 'refused', reason: 'pending-sign-in-ended' }
  }

  const ended = await endEach(run, insertion, excess)
  await insertRow(run, insertion)
  if (endedCount + ended.length > maxEndedSessions) await removeOldestEnded(run, insertion)
  return { status: 'inserted', ended }
}

/**
 * Reads the stored facts that decide whether the session is inserted. A process whose clock is ahead has
 * started its check as much earlier. An ending that is still in the future was stored under a wrong
 * clock. `now()` is the start of the transaction, before it waited for the user's lock.
 */
async function readConditions({ query, texts }: Run, insertion: SessionInsertion) {
  const { record, replaces, credentialsCheckedAt } = insertion
  const checkedAt = toTimestampOrNull(credentialsCheckedAt)
  const [row] = await query({
    text: texts.readConditions,
    values: [record.id, record.userId, checkedAt, replaces, toTimestamp(record.createdAt)],
  })
  /** The user's live sessions, oldest first, without the one that is replaced. */
  const live: readonly SessionId[] = JSON.parse(String(getField(row, 'live_sessions')))
  const idExists = getField(row, 'id_exists') === 'true'
  const isOutdated = getField(row, 'credentials_outdated') === 'true'
  return { idExists, isOutdated, live, endedCount: Number(getField(row, 'ended_count')) }
}

/** Removes the pending sign-in that becomes the session. Returns `false` if there is none. */
async function complete(
  { query, texts }: Run,
  { record, completes }: SessionInsertion,
): Promise<boolean> {
  if (completes === null) return true
  const { id, secretHash } = completes
  if (!isStorableId(id)) return false
  const values = [id, secretHash, record.userId, toTimestamp(record.createdAt)]
  return (await query({ text: texts.complete, values })).length === 1
}

/** Ends the sessions that the new one ends and returns them, the replaced session first. */
async function endEach(
  { query, texts }: Run,
  { record, replaces }: SessionInsertion,
  excess: readonly SessionId[],
): Promise<readonly EndedSession[]> {
  const ids = replaces === null ? excess : [replaces, ...excess]
  if (ids.length === 0) return []
  const rows = await query({
    text: texts.endEach,
    values: [ids, toTimestamp(record.createdAt), replaces],
  })
  return rows.map((row) =>
    readEnded(row, getField(row, 'id') === replaces ? 'signed-in-again' : 'session-cap'),
  )
}

async function insertRow(
  { query, texts }: Run,
  { record, replaces }: SessionInsertion,
): Promise<void> {
  try {
    const added = await query({ text: texts.insertRecord, values: toValues(record, replaces) })
    // The lock is per user, so another user's session may have been inserted with this id meanwhile.
    if (added.length === 0) throw idInUse()
  } catch (error) {
    throw isForeignKeyViolation(error) ? unknownUser() : error
  }
}

/** Skips locked sessions, which another process is purging. */
async function removeOldestEnded(
  { query, texts }: Run,
  { record }: SessionInsertion,
): Promise<void> {
  await query({ text: texts.removeOldestEnded, values: [record.userId] })
}

function idInUse(): SessionError {
  return new SessionError('id-in-use', 'A session with this id already exists')
}
