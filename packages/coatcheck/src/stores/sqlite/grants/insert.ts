import { SessionError } from '../../../domain/errors.ts'
import { type GrantRecord, maxEndedGrants, maxRemovedGrants } from '../../../domain/grant.ts'
import { requireLimit } from '../../../domain/storable.ts'
import { requireStorableGrant } from '../../../domain/storable-grant.ts'
import { getField } from '../../../domain/stored-fields.ts'
import { readEndedGrant } from '../../../domain/stored-grant.ts'
import { minute } from '../../../domain/time.ts'
import type {
  EndedGrant,
  GrantInsertion,
  GrantInsertOutcome,
  GrantStore,
} from '../../../ports/grant-store.ts'
import type { TableNames } from '../../tables/table-names.ts'
import { currentTime, isForeignKeyViolation, type SqliteDatabase, transact } from '../database.ts'
import { endedColumns, insertGrantText, toParameters } from './record.ts'

/** Prepares `insert`. It decides and writes under the write lock of the database. */
export function prepareInsert(database: SqliteDatabase, names: TableNames): GrantStore['insert'] {
  const statements = prepareStatements(database, names)
  return async (insertion) => {
    requireStorableGrant(insertion.record)
    requireLimit(insertion.limit)
    return transact(database, () => insert(statements, insertion))
  }
}

type InsertStatements = ReturnType<typeof prepareStatements>

function prepareStatements(database: SqliteDatabase, { grants, userEndings }: TableNames) {
  return {
    idExists: database.prepare(`SELECT 1 FROM ${grants} WHERE id = :id`),
    // The same bounds as at the insertion of a session.
    outdated: database.prepare(`
      SELECT 1 FROM ${userEndings}
      WHERE user_id = :userId AND grants_ended_at <= ${currentTime} + ${minute}
        AND grants_ended_at >= :authorizedAt - max(0, :at - ${currentTime})`),
    live: database.prepare(`
      SELECT id FROM ${grants}
      WHERE user_id = :userId AND client_id = :clientId AND ended_at IS NULL
        AND expires_at > :at AND last_refreshed_at + idle_timeout_ms > :at
      ORDER BY created_at, id`),
    end: database.prepare(`
      UPDATE ${grants} SET ended_at = :at, end_reason = 'grant-cap', ended_by = NULL
      WHERE id = :id
      RETURNING ${endedColumns}`),
    insertRow: database.prepare(insertGrantText(grants)),
    removeOldestEnded: database.prepare(`
      DELETE FROM ${grants} WHERE id IN (
        SELECT id FROM ${grants} WHERE user_id = :userId AND ended_at IS NOT NULL
        ORDER BY ended_at DESC LIMIT ${maxRemovedGrants} OFFSET ${maxEndedGrants}
      ) RETURNING 1`),
  }
}

function insert(statements: InsertStatements, insertion: GrantInsertion): GrantInsertOutcome {
  const { record, authorizedAt } = insertion
  const { id, userId, createdAt: at } = record
  if (statements.idExists.all({ id }).length > 0) {
    throw new SessionError('id-in-use', 'A grant with this id already exists')
  }
  if (statements.outdated.all({ userId, authorizedAt, at }).length > 0) {
    return { status: 'refused', reason: 'authorization-outdated' }
  }
  const ended = endExcess(statements, insertion)
  insertRow(statements, record)
  statements.removeOldestEnded.all({ userId })
  return { status: 'inserted', ended }
}

/** Ends the oldest live grants that exceed the limit once the new one is added. */
function endExcess(
  statements: InsertStatements,
  { record, limit }: GrantInsertion,
): readonly EndedGrant[] {
  const { userId, clientId, createdAt: at } = record
  const live = statements.live.all({ userId, clientId, at })
  return live
    .slice(0, Math.max(0, live.length + 1 - limit))
    .flatMap((row) => statements.end.all({ id: String(getField(row, 'id')), at }))
    .map((row) => readEndedGrant(row, 'grant-cap'))
}

function insertRow({ insertRow }: InsertStatements, record: GrantRecord): void {
  try {
    insertRow.run(toParameters(record))
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    const message = 'The user of the grant does not exist'
    throw new SessionError('unknown-user', message, { cause: error })
  }
}
