import { SessionError } from '../../domain/errors.ts'
import { maxPendingSignIns, requireStorablePendingSignIn } from '../../domain/pending-sign-in.ts'
import { isStorableId, requireLimit } from '../../domain/storable.ts'
import { readStoredPendingSignIn } from '../../domain/stored-pending-sign-in.ts'
import { minute } from '../../domain/time.ts'
import type { PendingSignInAddition, SessionStore } from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import {
  currentTime,
  isForeignKeyViolation,
  isRow,
  type SqliteDatabase,
  type SqliteParameters,
  transact,
  withSessionErrors,
} from './database.ts'
import { prepareMarkEnding } from './user-endings.ts'

/** The columns of a pending sign-in, named after the fields of the record. */
const columns = `
  id, secret_hash AS secretHash, CAST(user_id AS TEXT) AS userId, methods, created_at AS createdAt,
  expires_at AS expiresAt, credentials_checked_at AS credentialsCheckedAt, attempts, remember, state`

/** Prepares `addPendingSignIn`. It decides and writes under the write lock of the database. */
export function prepareAddPendingSignIn(
  database: SqliteDatabase,
  names: TableNames,
): SessionStore['addPendingSignIn'] {
  const statements = prepareAddStatements(database, names)
  return async (addition) => {
    const methods = requireStorablePendingSignIn(addition.record)
    return transact(database, () => add(statements, addition, methods))
  }
}

type AddStatements = ReturnType<typeof prepareAddStatements>

function prepareAddStatements(
  database: SqliteDatabase,
  { pendingSignIns, userEndings }: TableNames,
) {
  return {
    idExists: database.prepare(`SELECT 1 FROM ${pendingSignIns} WHERE id = :id`),
    // The same bounds as at the insertion of a session.
    outdated: database.prepare(`
      SELECT 1 FROM (
        SELECT ended_at FROM ${userEndings} WHERE user_id = :userId
        UNION ALL SELECT pending_ended_at FROM ${userEndings} WHERE user_id = :userId
      )
      WHERE ended_at <= ${currentTime} + ${minute}
        AND ended_at >= :checkedAt - max(0, :at - ${currentTime})`),
    remove: database.prepare(`
      DELETE FROM ${pendingSignIns} WHERE id = :id AND secret_hash = :secretHash RETURNING 1`),
    insert: database.prepare(`
      INSERT INTO ${pendingSignIns} (
        id, secret_hash, user_id, methods, created_at, expires_at, credentials_checked_at, attempts,
        remember, state
      ) VALUES (
        :id, :secretHash, :userId, :methods, :createdAt, :expiresAt, :credentialsCheckedAt, :attempts,
        :remember, :state
      )`),
    removeOldest: database.prepare(`
      DELETE FROM ${pendingSignIns} WHERE id IN (
        SELECT id FROM ${pendingSignIns} WHERE user_id = :userId
        ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ${maxPendingSignIns}
      ) RETURNING 1`),
  }
}

function add(
  statements: AddStatements,
  { record, replaces }: PendingSignInAddition,
  methods: string,
): boolean {
  const { id, userId, createdAt: at, credentialsCheckedAt: checkedAt } = record
  if (statements.idExists.all({ id }).length > 0) {
    throw new SessionError('id-in-use', 'A pending sign-in with this id already exists')
  }
  if (statements.outdated.all({ userId, checkedAt, at }).length > 0) return false
  if (replaces !== null && isStorableId(replaces.id)) {
    statements.remove.all({ id: replaces.id, secretHash: replaces.secretHash })
  }
  insertRow(statements, { ...record, methods, remember: record.remember ? 1 : 0 })
  statements.removeOldest.all({ userId })
  return true
}

function insertRow({ insert }: AddStatements, row: SqliteParameters): void {
  try {
    insert.run(row)
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error
    const message = 'The user of the pending sign-in does not exist'
    throw new SessionError('unknown-user', message, { cause: error })
  }
}

export function prepareFindPendingSignIn(
  database: SqliteDatabase,
  { pendingSignIns }: TableNames,
): SessionStore['findPendingSignIn'] {
  const statement = database.prepare(`SELECT ${columns} FROM ${pendingSignIns} WHERE id = :id`)
  return async (id) => {
    if (!isStorableId(id)) return null
    const row = withSessionErrors(() => statement.get({ id }))
    return isRow(row) ? readStoredPendingSignIn(row) : null
  }
}

/** Prepares `countPendingSignInAttempt`: one UPDATE, so that each concurrent call counts another number. */
export function prepareCountPendingSignInAttempt(
  database: SqliteDatabase,
  { pendingSignIns }: TableNames,
): SessionStore['countPendingSignInAttempt'] {
  const statement = database.prepare(`
    UPDATE ${pendingSignIns} SET attempts = attempts + 1
    WHERE id = :id AND secret_hash = :secretHash AND expires_at > :at AND attempts <= :limit
    RETURNING ${columns}`)
  return async ({ id, secretHash }, { limit, at }) => {
    if (!isStorableId(id)) return null
    const [row] = withSessionErrors(() => statement.all({ id, secretHash, limit, at }))
    return row === undefined ? null : readStoredPendingSignIn(row)
  }
}

export function prepareRemovePendingSignIn(
  database: SqliteDatabase,
  { pendingSignIns }: TableNames,
): SessionStore['removePendingSignIn'] {
  const statement = database.prepare(`
    DELETE FROM ${pendingSignIns} WHERE id = :id AND secret_hash = :secretHash RETURNING 1`)
  return async ({ id, secretHash }) => {
    if (!isStorableId(id)) return false
    return withSessionErrors(() => statement.all({ id, secretHash })).length === 1
  }
}

export function prepareEndPendingSignIns(
  database: SqliteDatabase,
  names: TableNames,
): SessionStore['endPendingSignIns'] {
  const markEnding = prepareMarkEnding(database, names, 'pending_ended_at')
  const removeAll = database.prepare(`
    DELETE FROM ${names.pendingSignIns} WHERE user_id = :userId RETURNING 1`)
  return async (userId, at) => {
    if (!isStorableId(userId)) return 0
    // A user that the app has deleted has none.
    return transact(database, () => (markEnding(userId, at) ? removeAll.all({ userId }).length : 0))
  }
}

export function preparePurgePendingSignIns(
  database: SqliteDatabase,
  { pendingSignIns }: TableNames,
): SessionStore['purgePendingSignIns'] {
  const statement = database.prepare(`
    DELETE FROM ${pendingSignIns} WHERE id IN (
      SELECT id FROM ${pendingSignIns} WHERE expires_at < min(:expiredBefore, ${currentTime})
      ORDER BY expires_at LIMIT :limit
    ) RETURNING 1`)
  return async (expiredBefore, limit) => {
    requireLimit(limit)
    return withSessionErrors(() => statement.all({ expiredBefore, limit })).length
  }
}
