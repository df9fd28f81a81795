import { getField } from '../../domain/stored-fields.ts'
import type { TableNames } from '../tables/table-names.ts'
import type { UserKeyType } from '../tables/user-reference.ts'
import type { Database } from './database.ts'
import { query } from './query.ts'

/** How PostgreSQL prints a type, and the type of user ids that fits it. */
export const userKeyTypes: Readonly<Record<string, UserKeyType>> = {
  text: 'text',
  'character varying': 'text',
  uuid: 'uuid',
  bigint: 'bigint',
  integer: 'integer',
  smallint: 'integer',
}

/** Reads the type of the user ids of the session tables, on the pool or in a transaction. */
export type ReadUserKeyType = (database: Database) => Promise<UserKeyType>

/**
 * Returns a function that reads the type from the catalog, once. A migration that changes it while the
 * process runs makes other spellings of a user id unknown to this process, and nothing else: each
 * statement takes user ids as the type that the column has then.
 */
export function createReadUserKeyType({ sessions }: TableNames): ReadUserKeyType {
  const text = `
    SELECT format_type(atttypid, NULL) AS type FROM pg_attribute
    WHERE attrelid = to_regclass('${sessions}') AND attname = 'user_id' AND NOT attisdropped`
  let known: UserKeyType | null = null
  return async (database) => {
    if (known !== null) return known
    const [row] = await query(database, { text })
    // Without the table, the next statement fails and says so.
    if (row === undefined) return 'text'
    known = userKeyTypes[String(getField(row, 'type'))] ?? 'text'
    return known
  }
}
