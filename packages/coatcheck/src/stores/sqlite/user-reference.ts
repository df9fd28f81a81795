import { rejectOption } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'
import { printName } from '../tables/migration-errors.ts'
import type { TableNames } from '../tables/table-names.ts'
import {
  printReference,
  rejectMissingReference,
  rejectOtherType,
  type UserKeyType,
  type UserReference,
} from '../tables/user-reference.ts'
import type { SqliteDatabase } from './database.ts'

/** A reference to a column that exists, with its type. */
export interface ResolvedReference extends UserReference {
  readonly type: UserKeyType
}

/** Reads the type of the referenced column. Throws `invalid-option` if user ids cannot refer to it. */
export function resolveReference(
  database: SqliteDatabase,
  reference: UserReference,
): ResolvedReference {
  const { table, column } = reference
  if (reference.schema !== undefined) rejectOption('userReference.schema is for PostgreSQL')
  const printed = printReference(reference)
  const declared = getField(
    database
      .prepare(
        `SELECT type FROM pragma_table_info('${table}') WHERE name = '${column}' COLLATE NOCASE`,
      )
      .get({}),
    'type',
  )
  if (declared === undefined) rejectMissingReference(reference)
  const type = toKeyType(String(declared))
  if (type === null) {
    rejectOption(
      `userReference: ${printed} has the type ${declared}. User ids can be integers, texts and UUIDs`,
    )
  }
  if (reference.type !== undefined && isInteger(reference.type) !== isInteger(type)) {
    rejectOtherType(reference, String(declared))
  }
  requireUnique(database, reference, type)
  return { ...reference, type }
}

/**
 * Returns the type of user ids for a declared type, by the rules of SQLite for affinities. A number would be
 * stored for a text in another column, so that two spellings of a user id were one user.
 */
function toKeyType(declared: string): UserKeyType | null {
  if (/INT/i.test(declared)) return 'bigint'
  return declared === '' || /CHAR|CLOB|TEXT|UUID|GUID/i.test(declared) ? 'text' : null
}

function isInteger(type: UserKeyType): boolean {
  return type === 'integer' || type === 'bigint'
}

/** SQLite would report this only when it inserts the first session, or match keys that differ in case. */
function requireUnique(
  database: SqliteDatabase,
  reference: UserReference,
  type: UserKeyType,
): void {
  const { table, column } = reference
  const [found] = database
    .prepare(
      `SELECT 1 FROM pragma_index_list('${table}') AS list
       WHERE "unique" = 1 AND partial = 0 AND '${column} BINARY' = (
         SELECT group_concat(name || ' ' || coll) FROM pragma_index_xinfo(list.name) WHERE key = 1
       ) COLLATE NOCASE`,
    )
    .all({})
  const isRowId = isInteger(type) && isOnlyKey(database, reference)
  if (found !== undefined || isRowId) return
  rejectOption(
    `userReference: ${printReference(reference)} must be the primary key or have a UNIQUE constraint, with the ` +
      'collation BINARY',
  )
}

function isOnlyKey(database: SqliteDatabase, { table, column }: UserReference): boolean {
  const keys = database
    .prepare(`SELECT name FROM pragma_table_info('${table}') WHERE pk > 0`)
    .all({})
  return keys.length === 1 && isSameName(getField(keys[0], 'name'), column)
}

/**
 * Whether the table of sessions references this column. Throws `invalid-option` if it references another
 * one, or keeps the sessions of deleted users.
 */
export function hasReference(
  database: SqliteDatabase,
  { sessions }: TableNames,
  reference: UserReference,
): boolean {
  const existing = database
    .prepare(
      `SELECT "table", coalesce("to", '') AS "column", on_delete AS "onDelete"
       FROM pragma_foreign_key_list('${printName(sessions)}') WHERE "from" = 'user_id'`,
    )
    .all({})
  const [first] = existing
  if (first === undefined) return false
  const isSame = (row: unknown) =>
    isSameName(getField(row, 'table'), reference.table) &&
    isSameName(getField(row, 'column'), reference.column) &&
    getField(row, 'onDelete') === 'CASCADE'
  if (existing.some(isSame)) return true
  const found = `${getField(first, 'table')}.${getField(first, 'column')}`
  rejectOption(
    `userReference is ${printReference(reference)}, but user_id of the session tables references ${found} ` +
      `ON DELETE ${getField(first, 'onDelete')}. Set userReference to that column, or migrate down to 0 first, ` +
      'which ends all sessions',
  )
}

/** SQLite compares names without case. */
function isSameName(one: unknown, other: string): boolean {
  return String(one).toLowerCase() === other.toLowerCase()
}
