import { SessionError } from '../../domain/errors.ts'
import type { SessionId } from '../../domain/session.ts'
import { isStorableId, requireStorable } from '../../domain/storable.ts'
import { fieldOf, readEnded } from '../../domain/stored-record.ts'
import type { Instant } from '../../domain/time.ts'
import type { EndedSession, InsertOutcome, SessionInsertion } from '../../ports/session-store.ts'
import { type Ask, isForeignKeyViolation, takeTurn, transact } from './attempt.ts'
import type { PostgresPool } from './pool.ts'
import { insertRecord, toTimestamp, toValues } from './record.ts'

/** What the decision rests on. */
interface Situation {
  readonly known: boolean
  readonly outdated: boolean
  /** The user's live sessions, oldest first, without the one that is replaced. */
  readonly live: readonly SessionId[]
}

/** The operation `insert`: it decides and writes in the user's turn. */
export function insert(pool: PostgresPool, insertion: SessionInsertion): Promise<InsertOutcome> {
  return transact(pool, async (ask) => {
    requireStorable(insertion.record)
    await takeTurn(ask, insertion.record.userId)
    return decide(ask, withStorableReplaced(insertion))
  })
}

/** What cannot be stored is not there to be replaced. */
function withStorableReplaced(insertion: SessionInsertion): SessionInsertion {
  const { replaces } = insertion
  return { ...insertion, replaces: replaces !== null && isStorableId(replaces) ? replaces : null }
}

async function decide(ask: Ask, insertion: SessionInsertion): Promise<InsertOutcome> {
  const { record, replaces, cap } = insertion
  const { known, outdated, live } = await look(ask, insertion)
  if (known) throw idInUse()
  if (outdated) return { status: 'refused', reason: 'credentials-outdated' }
  const surplus = cap === null ? [] : live.slice(0, Math.max(0, live.length + 1 - cap.limit))
  if (surplus.length > 0 && cap?.whenFull === 'refuse') {
    return { status: 'refused', reason: 'session-cap' }
  }

  const ended = await endEach(ask, { replaces, surplus, at: record.createdAt })
  await add(ask, insertion)
  return { status: 'inserted', ended }
}

async function look(ask: Ask, insertion: SessionInsertion): Promise<Situation> {
  const { record, replaces, credentialsCheckedAt: checkedAt } = insertion
  const [row] = await ask({
    text: `
      SELECT
        EXISTS (SELECT FROM sessions WHERE id = $1) AS known,
        EXISTS (
          SELECT FROM session_user_endings WHERE user_id = $2 AND ended_at >= $3::timestamptz
        ) AS outdated,
        to_json(ARRAY(
          SELECT id FROM sessions
          WHERE user_id = $2 AND ended_at IS NULL AND id IS DISTINCT FROM $4
            AND expires_at > $5::timestamptz AND last_activity_at + idle_timeout > $5::timestamptz
          ORDER BY created_at, id
        ))::text AS live`,
    values: [
      record.id,
      record.userId,
      checkedAt === null ? null : toTimestamp(checkedAt),
      replaces,
      toTimestamp(record.createdAt),
    ],
  })
  return {
    known: fieldOf(row, 'known') === true,
    outdated: fieldOf(row, 'outdated') === true,
    live: JSON.parse(String(fieldOf(row, 'live'))),
  }
}

/** What makes way for a new session. */
interface MakingWay {
  readonly replaces: SessionId | null
  readonly surplus: readonly SessionId[]
  readonly at: Instant
}

/** Ends what makes way and returns it, the replaced session first. */
async function endEach(
  ask: Ask,
  { replaces, surplus, at }: MakingWay,
): Promise<readonly EndedSession[]> {
  const ids = replaces === null ? surplus : [replaces, ...surplus]
  if (ids.length === 0) return []
  const rows = await ask({
    // In one statement, for rows are locked in the order of their ids, as everywhere: see `touch`.
    text: `
      WITH due AS (
        SELECT id FROM sessions WHERE id = ANY ($1) AND ended_at IS NULL
        ORDER BY id FOR NO KEY UPDATE
      ), ended AS (
        UPDATE sessions SET ended_at = $2, ended_by = NULL, end_reason =
          CASE WHEN sessions.id = $3 THEN 'signed-in-again' ELSE 'session-cap' END
        FROM due WHERE sessions.id = due.id
        RETURNING sessions.id, user_id
      )
      SELECT id, user_id AS "userId" FROM ended ORDER BY array_position($1, id)`,
    values: [ids, toTimestamp(at), replaces],
  })
  return rows.map((row) =>
    readEnded(row, fieldOf(row, 'id') === replaces ? 'signed-in-again' : 'session-cap'),
  )
}

async function add(ask: Ask, { record }: SessionInsertion): Promise<void> {
  try {
    const added = await ask({ text: insertRecord, values: toValues(record) })
    // Another user's session can have taken the id since the look: turns are per user.
    if (added.length === 0) throw idInUse()
  } catch (error) {
    throw isForeignKeyViolation(error) ? noSuchUser() : error
  }
}

function idInUse(): SessionError {
  return new SessionError('id-in-use', 'A session with this id exists already')
}

function noSuchUser(): SessionError {
  return new SessionError('unknown-user', 'The user of the session does not exist')
}
