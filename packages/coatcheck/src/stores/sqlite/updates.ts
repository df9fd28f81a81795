import type { SessionId } from '../../domain/session.ts'
import { isStorableId, requireMethodsText, requireStorableData } from '../../domain/storable.ts'
import { getField } from '../../domain/stored-fields.ts'
import { readStoredRecord } from '../../domain/stored-record.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import { isRow, type SqliteDatabase, transact, withSessionErrors } from './database.ts'
import { recordColumns } from './record.ts'

/** Prepares `replaceSecret`. The second of two replacements of one secret finds no row to update. */
export function prepareReplaceSecret(
  database: SqliteDatabase,
  { sessions }: TableNames,
): SessionStore['replaceSecret'] {
  const statement = database.prepare(`
    UPDATE ${sessions} SET
      secret_hash = :to, previous_secret_hash = secret_hash, rotated_at = :at,
      previous_secret_expires_at = :previousExpiresAt,
      csrf_secret = coalesce(:csrfSecret, csrf_secret),
      authenticated_at = iif(:expiresAt IS NULL, authenticated_at, :at),
      expires_at = coalesce(:expiresAt, expires_at), methods = coalesce(:methods, methods),
      last_activity_at = iif(:expiresAt IS NULL, last_activity_at, max(last_activity_at, :at))
    WHERE id = :id AND ended_at IS NULL AND secret_hash = :from
      AND expires_at > :at AND last_activity_at + idle_timeout_ms > :at
    RETURNING 1`)
  return async (id, replacement) => {
    if (!isStorableId(id)) return false
    const { from, to, csrfSecret, authentication, previousExpiresAt, at } = replacement
    const expiresAt = authentication?.expiresAt ?? null
    const methods = authentication === null ? null : requireMethodsText(authentication)
    const parameters = { id, from, to, csrfSecret, expiresAt, methods, previousExpiresAt, at }
    return withSessionErrors(() => statement.all(parameters)).length === 1
  }
}

/** Prepares `updateData`. The transaction holds the write lock of the file from before the read. */
export function prepareUpdateData(
  database: SqliteDatabase,
  { sessions }: TableNames,
): SessionStore['updateData'] {
  const read = database.prepare(
    `SELECT ${recordColumns} FROM ${sessions} WHERE id = :id AND ended_at IS NULL`,
  )
  const write = database.prepare(
    `UPDATE ${sessions} SET data = :data, data_version = data_version + 1 WHERE id = :id RETURNING 1`,
  )
  return async (id, update) => {
    if (!isStorableId(id)) return false
    return transact(database, () => {
      const row = read.get({ id })
      if (!isRow(row)) return false
      const data = update(readStoredRecord(row))
      if (data !== null) write.all({ id, data: requireStorableData(data) })
      return true
    })
  }
}

/** Prepares `touch`, with one statement for a batch of any length. */
export function prepareTouch(database: SqliteDatabase, names: TableNames): SessionStore['touch'] {
  const statement = database.prepare(`
    UPDATE ${names.sessions} AS sessions SET last_activity_at = activity.at
    FROM (
      SELECT value ->> 'id' AS id, max(value ->> 'at') AS at
      FROM json_each(:activities) GROUP BY 1
    ) AS activity
    WHERE sessions.id = activity.id AND sessions.ended_at IS NULL
      AND activity.at > sessions.last_activity_at
      AND activity.at >= sessions.last_activity_at + :precision
      AND activity.at < sessions.expires_at
      AND activity.at < sessions.last_activity_at + sessions.idle_timeout_ms
    RETURNING id`)
  return async (activities, precision) => {
    const notMoved = new Set(activities.map(({ id }) => id))
    const storable = activities.filter(({ id }) => isStorableId(id))
    if (storable.length === 0) return [...notMoved]
    const parameters = { activities: JSON.stringify(storable), precision }
    const moved = withSessionErrors(() => statement.all(parameters))
    for (const row of moved) notMoved.delete(String(getField(row, 'id')) as SessionId)
    return [...notMoved]
  }
}
