import { SessionError } from '../../domain/errors.ts'
import {
  maxPendingSignIns,
  type PendingSignInRecord,
  requireStorablePendingSignIn,
} from '../../domain/pending-sign-in.ts'
import { isStorableId, requireLimit } from '../../domain/storable.ts'
import { getField } from '../../domain/stored-fields.ts'
import { readStoredPendingSignIn } from '../../domain/stored-pending-sign-in.ts'
import type { PendingSignInAddition, SessionStore } from '../../ports/session-store.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { Database, RunQuery } from './database.ts'
import { query, write } from './query.ts'
import { toMilliseconds, toTimestamp } from './record.ts'
import { isForeignKeyViolation, unknownUser } from './server-error.ts'
import { createEndAll } from './user-endings.ts'
import type { Writes } from './writes.ts'

/** All text, as in `recordColumns`. */
const columns = `
  id, user_id::text AS user_id, methods, state, encode(secret_hash, 'hex') AS secret_hash,
  concat(${['created_at', 'expires_at', 'credentials_checked_at'].map(toMilliseconds).join(`, ',', `)},
    ',', attempts, ',', remember::integer) AS packed_values`

function toRecord(row: unknown): PendingSignInRecord {
  const packed = String(getField(row, 'packed_values')).split(',')
  const [createdAt, expiresAt, credentialsCheckedAt, attempts, remember] = packed.map(Number)
  return readStoredPendingSignIn({
    id: getField(row, 'id'),
    userId: getField(row, 'user_id'),
    methods: getField(row, 'methods'),
    state: getField(row, 'state'),
    secretHash: Buffer.from(String(getField(row, 'secret_hash')), 'hex'),
    createdAt,
    expiresAt,
    credentialsCheckedAt,
    attempts,
    remember,
  })
}

/** Creates `addPendingSignIn`. It decides and writes under the user's lock. */
export function createAddPendingSignIn(
  writes: Writes,
  names: TableNames,
): SessionStore['addPendingSignIn'] {
  const texts = createAddTexts(names)
  return async (addition) => {
    const { record } = addition
    const values = toValues(record, requireStorablePendingSignIn(record))
    return writes.forUser(record.userId, (run) => add({ run, texts }, addition, values))
  }
}

interface Adding {
  readonly run: RunQuery
  readonly texts: ReturnType<typeof createAddTexts>
}

function createAddTexts({ pendingSignIns, userEndings }: TableNames) {
  return {
    // The same bounds as at the insertion of a session.
    readConditions: `
      SELECT
        EXISTS (SELECT FROM ${pendingSignIns} WHERE id = $1)::text AS id_exists,
        EXISTS (
          SELECT FROM ${userEndings}, LATERAL (VALUES (ended_at), (pending_ended_at)) AS endings (at)
          WHERE user_id = $2 AND endings.at <= now() + interval '1 minute'
            AND endings.at >= $3::timestamptz - greatest($4::timestamptz - now(), interval '0')
        )::text AS credentials_outdated`,
    remove: `DELETE FROM ${pendingSignIns} WHERE id = $1 AND secret_hash = $2`,
    insert: `
      INSERT INTO ${pendingSignIns} (
        id, secret_hash, user_id, methods, created_at, expires_at, credentials_checked_at, attempts,
        remember, state
      ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      ON CONFLICT (id) DO NOTHING
      RETURNING id`,
    removeOldest: `
      DELETE FROM ${pendingSignIns} WHERE id IN (
        SELECT id FROM ${pendingSignIns} WHERE user_id = $1
        ORDER BY created_at DESC, id DESC OFFSET ${maxPendingSignIns}
      )`,
  }
}

async function add(
  { run, texts }: Adding,
  { record, replaces }: PendingSignInAddition,
  values: unknown[],
): Promise<boolean> {
  const { id, userId } = record
  const checkedAt = toTimestamp(record.credentialsCheckedAt)
  const createdAt = toTimestamp(record.createdAt)
  const [row] = await run({
    text: texts.readConditions,
    values: [id, userId, checkedAt, createdAt],
  })
  if (getField(row, 'id_exists') === 'true') throw idInUse()
  if (getField(row, 'credentials_outdated') === 'true') return false
  if (replaces !== null && isStorableId(replaces.id)) {
    await run({ text: texts.remove, values: [replaces.id, replaces.secretHash] })
  }
  await insertRow(run, texts.insert, values)
  await run({ text: texts.removeOldest, values: [userId] })
  return true
}

async function insertRow(run: RunQuery, text: string, values: unknown[]): Promise<void> {
  try {
    // The lock is per user, so another user's may have been added with this id meanwhile.
    if ((await run({ text, values })).length === 0) throw idInUse()
  } catch (error) {
    throw isForeignKeyViolation(error) ? unknownUser() : error
  }
}

function toValues(record: PendingSignInRecord, methods: string): unknown[] {
  return [
    record.id,
    record.secretHash,
    record.userId,
    methods,
    toTimestamp(record.createdAt),
    toTimestamp(record.expiresAt),
    toTimestamp(record.credentialsCheckedAt),
    record.attempts,
    record.remember,
    record.state,
  ]
}

function idInUse(): SessionError {
  return new SessionError('id-in-use', 'A pending sign-in with this id already exists')
}

export function createFindPendingSignIn(
  database: Database,
  { pendingSignIns }: TableNames,
): SessionStore['findPendingSignIn'] {
  const text = `SELECT ${columns} FROM ${pendingSignIns} WHERE id = $1`
  return async (id) => {
    if (!isStorableId(id)) return null
    const [row] = await query(database, { text, values: [id] })
    return row === undefined ? null : toRecord(row)
  }
}

/** Creates `countPendingSignInAttempt`: one UPDATE, so that each concurrent call counts another number. */
export function createCountPendingSignInAttempt(
  writes: Writes,
  { pendingSignIns }: TableNames,
): SessionStore['countPendingSignInAttempt'] {
  const text = `
    UPDATE ${pendingSignIns} SET attempts = attempts + 1
    WHERE id = $1 AND secret_hash = $2 AND expires_at > $3::timestamptz AND attempts <= $4
    RETURNING ${columns}`
  return async ({ id, secretHash }, { limit, at }) => {
    if (!isStorableId(id)) return null
    const values = [id, secretHash, toTimestamp(at), limit]
    const [row] = await writes.forRecord(id, { text, values })
    return row === undefined ? null : toRecord(row)
  }
}

export function createRemovePendingSignIn(
  writes: Writes,
  { pendingSignIns }: TableNames,
): SessionStore['removePendingSignIn'] {
  const text = `DELETE FROM ${pendingSignIns} WHERE id = $1 AND secret_hash = $2 RETURNING id`
  return async ({ id, secretHash }) => {
    if (!isStorableId(id)) return false
    return (await writes.forRecord(id, { text, values: [id, secretHash] })).length === 1
  }
}

export function createEndPendingSignIns(
  writes: Writes,
  names: TableNames,
): SessionStore['endPendingSignIns'] {
  const endAll = createEndAll(writes, names, 'pending_ended_at')
  const text = removePendingText(names)
  return async (userId, at) => {
    if (!isStorableId(userId)) return 0
    return (await endAll({ userId, at }, (run) => run({ text, values: [userId] }))).length
  }
}

/** Returns the statement that removes all pending sign-ins of a user. Rows are locked in id order. */
export function removePendingText({ pendingSignIns }: TableNames): string {
  return `
    WITH due AS (
      SELECT id FROM ${pendingSignIns} WHERE user_id = $1 ORDER BY id FOR UPDATE
    )
    DELETE FROM ${pendingSignIns} AS pending USING due WHERE pending.id = due.id
    RETURNING pending.id`
}

export function createPurgePendingSignIns(
  database: Database,
  { pendingSignIns }: TableNames,
): SessionStore['purgePendingSignIns'] {
  const text = `
    WITH due AS (
      SELECT id FROM ${pendingSignIns} WHERE expires_at < least($1::timestamptz, now())
      ORDER BY expires_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED
    ), purged AS (
      DELETE FROM ${pendingSignIns} AS pending USING due WHERE pending.id = due.id RETURNING 1
    )
    SELECT count(*)::text AS count FROM purged`
  return async (expiredBefore, limit) => {
    requireLimit(limit)
    const [row] = await write(database, { text, values: [toTimestamp(expiredBefore), limit] })
    return Number(getField(row, 'count'))
  }
}
