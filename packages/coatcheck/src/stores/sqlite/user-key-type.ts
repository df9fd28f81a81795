import { getField } from '../../domain/stored-fields.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { UserKeyType } from '../tables/user-reference.ts'
import { type SqliteDatabase, withSessionErrors } from './database.ts'

/** Prepares a function that reads the type of the user ids of the session tables. It reads no page of the file. */
export function prepareUserKeyType(
  database: SqliteDatabase,
  { prefix }: TableNames,
): () => Promise<UserKeyType> {
  const statement = withSessionErrors(() =>
    database.prepare(
      `SELECT type FROM pragma_table_info('${prefix}sessions') WHERE name = 'user_id'`,
    ),
  )
  return async () => {
    const row = withSessionErrors(() => statement.get({}))
    return getField(row, 'type') === 'INTEGER' ? 'bigint' : 'text'
  }
}
