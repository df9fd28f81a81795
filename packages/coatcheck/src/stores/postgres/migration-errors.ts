import { isSessionError, SessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'
import { tableInUse } from '../tables/migration-errors.ts'
import { toSessionError } from './to-session-error.ts'

/** SQLSTATE of a table, index or type, of a constraint or type, and of a function that exists already. */
const duplicates: readonly unknown[] = ['42P07', '42710', '42723']

const privileges =
  'Migrating the session tables needs CREATE on their schema, the ownership of those that exist, and ' +
  'REFERENCES on the table of users: run the migrations as a role that has them. A role that only runs ' +
  'the application needs none of them once the tables have the newest version, but it needs SELECT on the ' +
  'table session_migrations, or migrate: false'

const missingSchema =
  'Create the schema of the session tables first, or check the option schema and the search_path of the ' +
  'role: the migrations create tables, but no schema'

/** What is wrong with an option, by SQLSTATE. */
const misuses: Readonly<Record<string, string>> = {
  '42830': 'userReference.column must be the primary key or have a unique constraint',
  '42809': 'userReference.table must be a table, because a foreign key cannot reference a view',
}

/** The error of a migration that the server rejected. Says what to do. */
export function toMigrationError(error: unknown): SessionError {
  if (isSessionError(error)) return error
  const failure = toSessionError(error)
  const { cause } = failure
  const code = getField(error, 'code')
  if (duplicates.includes(code))
    return tableInUse(`an object of this name (${messageOf(cause)})`, cause)
  if (code === '42501') {
    return new SessionError('missing-privilege', `${privileges} (${messageOf(cause)})`, { cause })
  }
  if (code === '3F000') {
    return new SessionError('not-migrated', `${missingSchema} (${messageOf(cause)})`, { cause })
  }
  const misuse = misuses[String(code)]
  return misuse === undefined ? failure : new SessionError('invalid-option', misuse, { cause })
}

function messageOf(cause: unknown): string {
  return String(getField(cause, 'message'))
}
