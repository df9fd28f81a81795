import { SessionError } from '../../../domain/errors.ts'
import {
  type GrantId,
  type GrantRecord,
  maxEndedGrants,
  maxRemovedGrants,
} from '../../../domain/grant.ts'
import { requireLimit } from '../../../domain/storable.ts'
import { requireStorableGrant } from '../../../domain/storable-grant.ts'
import { getField } from '../../../domain/stored-fields.ts'
import { readEndedGrant } from '../../../domain/stored-grant.ts'
import type {
  EndedGrant,
  GrantInsertion,
  GrantInsertOutcome,
  GrantStore,
} from '../../../ports/grant-store.ts'
import type { TableNames } from '../../tables/table-names.ts'
import type { RunQuery } from '../database.ts'
import { toTimestamp } from '../record.ts'
import { isForeignKeyViolation, unknownUser } from '../server-error.ts'
import type { Writes } from '../writes.ts'
import { insertGrantText, toGrantValues } from './record.ts'

/** Creates `insert`. It decides and writes under the user's lock. */
export function createInsert(writes: Writes, names: TableNames): GrantStore['insert'] {
  const texts = createTexts(names)
  return async (insertion) => {
    requireStorableGrant(insertion.record)
    requireLimit(insertion.limit)
    return writes.forUser(insertion.record.userId, (query) => decide({ query, texts }, insertion))
  }
}

interface Run {
  readonly query: RunQuery
  readonly texts: ReturnType<typeof createTexts>
}

function createTexts({ grants, userEndings }: TableNames) {
  return {
    // The same bounds as at the insertion of a session.
    readConditions: `
      SELECT
        EXISTS (SELECT FROM ${grants} WHERE id = $1)::text AS id_exists,
        EXISTS (
          SELECT FROM ${userEndings}
          WHERE user_id = $2 AND grants_ended_at <= now() + interval '1 minute'
            AND grants_ended_at >= $4::timestamptz - greatest($5::timestamptz - now(), interval '0')
        )::text AS authorization_outdated,
        to_json(ARRAY(
          SELECT id FROM ${grants}
          WHERE user_id = $2 AND client_id = $3 AND ended_at IS NULL
            AND expires_at > $5::timestamptz AND last_refreshed_at + idle_timeout > $5::timestamptz
          ORDER BY created_at, id
        ))::text AS live_grants,
        (SELECT count(*)::text FROM ${grants} WHERE user_id = $2 AND ended_at IS NOT NULL) AS ended_count`,
    // One statement, which locks the rows in id order: see `createTouch`.
    endEach: `
      WITH due AS (
        SELECT id FROM ${grants} WHERE id = ANY ($1) AND ended_at IS NULL
        ORDER BY id FOR NO KEY UPDATE
      ), ended AS (
        UPDATE ${grants} AS grants SET ended_at = $2, ended_by = NULL, end_reason = 'grant-cap'
        FROM due WHERE grants.id = due.id
        RETURNING grants.id, user_id, client_id
      )
      SELECT id, user_id::text AS "userId", client_id AS "clientId" FROM ended
      ORDER BY array_position($1, id)`,
    insertGrant: insertGrantText(grants),
    removeOldestEnded: `
      WITH oldest AS (
        SELECT id FROM ${grants} WHERE user_id = $1 AND ended_at IS NOT NULL
        ORDER BY ended_at DESC LIMIT ${maxRemovedGrants} OFFSET ${maxEndedGrants}
      ), due AS (
        SELECT id FROM ${grants} WHERE id IN (SELECT id FROM oldest) FOR UPDATE SKIP LOCKED
      )
      DELETE FROM ${grants} AS grants USING due WHERE grants.id = due.id`,
  }
}

async function decide(run: Run, insertion: GrantInsertion): Promise<GrantInsertOutcome> {
  const { record, limit } = insertion
  const { idExists, isOutdated, live, endedCount } = await readConditions(run, insertion)
  if (idExists) throw idInUse()
  if (isOutdated) return { status: 'refused', reason: 'authorization-outdated' }
  const excess = live.slice(0, Math.max(0, live.length + 1 - limit))
  const ended = await endEach(run, record, excess)
  await insertRow(run, record)
  if (endedCount + ended.length > maxEndedGrants) {
    await run.query({ text: run.texts.removeOldestEnded, values: [record.userId] })
  }
  return { status: 'inserted', ended }
}

/** Reads the stored facts that decide. `now()` is the start of the transaction, before it waited for the user's lock. */
async function readConditions({ query, texts }: Run, { record, authorizedAt }: GrantInsertion) {
  const { id, userId, clientId, createdAt } = record
  const [row] = await query({
    text: texts.readConditions,
    values: [id, userId, clientId, toTimestamp(authorizedAt), toTimestamp(createdAt)],
  })
  /** The user's live grants to the client, oldest first. */
  const live: readonly GrantId[] = JSON.parse(String(getField(row, 'live_grants')))
  return {
    idExists: getField(row, 'id_exists') === 'true',
    isOutdated: getField(row, 'authorization_outdated') === 'true',
    live,
    endedCount: Number(getField(row, 'ended_count')),
  }
}

async function endEach(
  { query, texts }: Run,
  { createdAt }: GrantRecord,
  ids: readonly GrantId[],
): Promise<readonly EndedGrant[]> {
  if (ids.length === 0) return []
  const rows = await query({ text: texts.endEach, values: [ids, toTimestamp(createdAt)] })
  return rows.map((row) => readEndedGrant(row, 'grant-cap'))
}

async function insertRow({ query, texts }: Run, record: GrantRecord): Promise<void> {
  try {
    const added = await query({ text: texts.insertGrant, values: toGrantValues(record) })
    // The lock is per user, so another user's grant may have been inserted with this id meanwhile.
    if (added.length === 0) throw idInUse()
  } catch (error) {
    throw isForeignKeyViolation(error) ? unknownUser() : error
  }
}

function idInUse(): SessionError {
  return new SessionError('id-in-use', 'A grant with this id already exists')
}
