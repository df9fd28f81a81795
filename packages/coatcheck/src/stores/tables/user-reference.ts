import { rejectOption } from '../../domain/errors.ts'
import { type OptionNames, requireNested } from '../../domain/options.ts'
import { requireName } from './table-names.ts'

/** The types that a user's key may have. User ids are text in the API, whatever the type. */
export type UserKeyType = 'text' | 'uuid' | 'bigint' | 'integer'

const userKeyTypes: readonly UserKeyType[] = ['text', 'uuid', 'bigint', 'integer']

/** The app's table of users and its key column: the primary key, or a unique column. */
export interface UserReference {
  readonly table: string
  readonly column: string
  /** The schema of the table. PostgreSQL only. Default: the first of the `search_path` that has the table. */
  readonly schema?: string
  /**
   * The type of the column, which `user_id` gets too. The migration functions read it from the database,
   * and reject another one. Steps that you run with your own tool need it. Default there: `text`.
   */
  readonly type?: UserKeyType
}

const referenceNames: OptionNames<UserReference> = {
  table: true,
  column: true,
  schema: true,
  type: true,
}

/** Throws `invalid-option` for an invalid name or type. */
export function requireUserReference(reference: UserReference | undefined): void {
  if (reference === undefined) return
  requireNested('userReference', reference, referenceNames)
  const { table, column, schema, type } = reference
  requireName('userReference.table', table)
  requireName('userReference.column', column)
  if (schema !== undefined) requireName('userReference.schema', schema)
  if (type === undefined || userKeyTypes.includes(type)) return
  rejectOption(`userReference.type must be one of ${userKeyTypes.join(', ')}`)
}

/** Returns the clause that references the table of users, or an empty text without one. */
export function toReference(reference: UserReference | undefined): string {
  if (reference === undefined) return ''
  requireUserReference(reference)
  return `REFERENCES ${referencedTable(reference)} ("${reference.column}") ON DELETE CASCADE`
}

/** Returns the quoted name of the table of users. */
export function referencedTable({ schema, table }: UserReference): string {
  return schema === undefined ? `"${table}"` : `"${schema}"."${table}"`
}

/** Returns the reference for a message. */
export function printReference({ schema, table, column }: UserReference): string {
  return [...(schema === undefined ? [] : [schema]), table, column].join('.')
}

export function rejectMissingReference(reference: UserReference): never {
  return rejectOption(
    `userReference: there is no ${printReference(reference)}. Create the table before the session tables`,
  )
}

/** `found` is the type of the column in the database. */
export function rejectOtherType(reference: UserReference, found: string): never {
  return rejectOption(
    `userReference.type is ${reference.type}, but ${printReference(reference)} has the type ${found}`,
  )
}

/** If no session has a user, the column is probably another one, and all users would be signed out. */
export function rejectUnknownUsers(reference: UserReference): never {
  return rejectOption(
    `userReference: no session belongs to a user of ${printReference(reference)}, so it is probably another ` +
      'column. If it is this one, delete the sessions first',
  )
}
