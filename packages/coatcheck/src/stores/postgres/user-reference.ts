import { rejectOption } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'
import type { TableNames } from '../tables/table-names.ts'
import {
  printReference,
  referencedTable,
  rejectMissingReference,
  rejectOtherType,
  rejectUnknownUsers,
  toReference,
  type UserKeyType,
  type UserReference,
} from '../tables/user-reference.ts'
import { createChangeTriggers, dropChangeTriggers } from './change-triggers.ts'
import type { RunQuery } from './database.ts'
import { userKeyTypes } from './user-key-type.ts'

/** A reference to a column that exists, with its type. */
export interface ResolvedReference {
  readonly key: UserReference & { readonly type: UserKeyType }
  readonly tableId: string
}

/** Reads the type of the referenced column. Throws `invalid-option` if user ids cannot refer to it. */
export async function resolveReference(
  query: RunQuery,
  reference: UserReference,
): Promise<ResolvedReference> {
  const [row] = await query({
    text: `
      SELECT attrelid::oid::text AS "tableId", coalesce(collisdeterministic, true)::text AS "isDeterministic",
        format_type(coalesce(nullif(typbasetype, 0), pg_type.oid), NULL) AS type
      FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
        LEFT JOIN pg_collation ON pg_collation.oid = attcollation
      WHERE attrelid = to_regclass('${referencedTable(reference)}') AND attname = $1
        AND attnum > 0 AND NOT attisdropped`,
    values: [reference.column],
  })
  const printed = printReference(reference)
  if (row === undefined) rejectMissingReference(reference)
  const found = String(getField(row, 'type'))
  const type = userKeyTypes[found]
  if (type === undefined || getField(row, 'isDeterministic') !== 'true') {
    rejectOption(
      `userReference: ${printed} has the type ${found}. User ids can be uuid, bigint, integer, smallint, ` +
        'text and varchar, with a deterministic collation',
    )
  }
  if ((reference.type ?? type) !== type) rejectOtherType(reference, found)
  return { key: { ...reference, type }, tableId: String(getField(row, 'tableId')) }
}

/**
 * Whether the table of sessions references this column. Throws `invalid-option` if it references another
 * one, or keeps the sessions of deleted users.
 */
export async function hasReference(
  query: RunQuery,
  { sessions }: TableNames,
  { tableId, key }: ResolvedReference,
): Promise<boolean> {
  const existing = await query({
    text: `
      SELECT confrelid::oid::text AS "tableId", referenced.attname::text AS column, (confdeltype = 'c')::text AS cascades,
        confrelid::regclass::text AS table
      FROM pg_constraint
        JOIN pg_attribute AS own ON own.attrelid = conrelid AND own.attnum = conkey[1]
        JOIN pg_attribute AS referenced
          ON referenced.attrelid = confrelid AND referenced.attnum = confkey[1]
      WHERE conrelid = to_regclass('${sessions}') AND contype = 'f' AND own.attname = 'user_id'`,
  })
  const [first] = existing
  if (first === undefined) return false
  const isSame = (row: unknown) =>
    getField(row, 'tableId') === tableId &&
    getField(row, 'column') === key.column &&
    getField(row, 'cascades') === 'true'
  if (existing.some(isSame)) return true
  rejectOption(
    `userReference is ${printReference(key)}, but user_id of the session tables references ` +
      `${getField(first, 'table')}.${getField(first, 'column')}` +
      `${getField(first, 'cascades') === 'true' ? '' : ' without ON DELETE CASCADE'}. Drop that foreign key ` +
      'first, or set userReference to it',
  )
}

/**
 * Adds the reference to existing tables, which get the type of the referenced key. Deletes the sessions of
 * users that do not exist, like the deletion of these users would have.
 */
export async function addReference(
  query: RunQuery,
  names: TableNames,
  { key: reference }: ResolvedReference,
): Promise<void> {
  const tables = [names.sessions, names.userEndings, names.pendingSignIns, names.grants]
  await query({ text: `LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE` })
  await requireKnownUsers(query, names, reference)
  for (const table of tables) {
    await query({ text: `DELETE FROM ${table} AS own WHERE NOT ${hasUser(reference)}` })
  }
  // PostgreSQL does not change the type of a column that a trigger names.
  await query({ text: dropChangeTriggers(names) })
  for (const table of tables) {
    await query({
      text: `
        ALTER TABLE ${table}
        ALTER COLUMN user_id TYPE ${reference.type} USING user_id::text::${reference.type},
        ADD FOREIGN KEY (user_id) ${toReference(reference)}`,
    })
  }
  await query({ text: createChangeTriggers(names) })
}

/**
 * A user id is the key of a user in each spelling that the type accepts. Only as a condition of WHERE: in
 * another place, the server would read the table of users for each session.
 */
function hasUser({ type = 'text', ...reference }: UserReference): string {
  return `EXISTS (
    SELECT FROM ${referencedTable(reference)} AS users
    WHERE users."${reference.column}"::text = ${printedKeys[type]})`
}

const integerKey = `
  CASE WHEN own.user_id::text ~ '^[+-]?[0-9]{1,40}$' THEN own.user_id::text::numeric::text END`

/** Expressions for the user id of a session as the server prints a key of the type. */
const printedKeys: Readonly<Record<UserKeyType, string>> = {
  text: 'own.user_id::text',
  uuid: 'lower(own.user_id::text)',
  bigint: integerKey,
  integer: integerKey,
}

async function requireKnownUsers(
  query: RunQuery,
  { sessions }: TableNames,
  reference: UserReference,
): Promise<void> {
  const [row] = await query({
    text: `
      SELECT (
        EXISTS (SELECT FROM ${sessions} WHERE ended_at IS NULL) AND NOT EXISTS (
          SELECT FROM ${sessions} AS own WHERE ended_at IS NULL AND ${hasUser(reference)})
      )::text AS "areUnknown"`,
  })
  if (getField(row, 'areUnknown') !== 'false') rejectUnknownUsers(reference)
}
