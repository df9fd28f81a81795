import { requireOptions } from '../../../domain/options.ts'
import { isStorableId } from '../../../domain/storable.ts'
import { readStoredGrant, readValidGrants } from '../../../domain/stored-grant.ts'
import type { GrantStore } from '../../../ports/grant-store.ts'
import {
  createTableNames,
  type TableNames,
  type TableOptions,
  tableOptionNames,
} from '../../tables/table-names.ts'
import { withGrantUserKeys } from '../../tables/with-user-keys.ts'
import type { Database } from '../database.ts'
import { named } from '../named-statements.ts'
import { query } from '../query.ts'
import { toTimestamp } from '../record.ts'
import { type PostgresDatabase, toDatabase } from '../to-database.ts'
import { createReadUserKeyType } from '../user-key-type.ts'
import { createWrites } from '../writes.ts'
import { createEnd, createEndByClient, createEndByUser, createRotate } from './changes.ts'
import { createInsert } from './insert.ts'
import { grantColumns, toStoredGrant } from './record.ts'
import { createEndExpired, createPurge } from './sweep.ts'

/**
 * Creates a store of grants on a connection pool of a PostgreSQL database whose tables come from
 * `migratePostgresSessions`, beside the sessions. What is said for `createPostgresSessionStore` applies. Changes are
 * reported by `createPostgresRevocationChannel`. The role needs SELECT, INSERT, UPDATE and DELETE on `session_grants`, and
 * SELECT, INSERT and UPDATE on `session_user_endings`.
 */
export function createPostgresGrantStore(
  database: PostgresDatabase,
  options: TableOptions = {},
): GrantStore {
  requireOptions('createPostgresGrantStore', options, tableOptionNames)
  const names = createTableNames(options)
  const readUserKeyType = createReadUserKeyType(names)
  const shared = toDatabase(database)
  const writes = createWrites(shared, names)
  // Each operation is async, so that an invalid argument rejects instead of throwing.
  const store: GrantStore = {
    insert: createInsert(writes, names),
    find: createFind(shared, names),
    listByUser: createListByUser(shared, names),
    rotate: createRotate(writes, names),
    end: createEnd(writes, names),
    endByUser: createEndByUser(writes, names),
    endByClient: createEndByClient(shared, names),
    endExpired: createEndExpired(shared, names),
    purge: createPurge(shared, names),
  }
  return withGrantUserKeys(store, () => readUserKeyType(shared))
}

function createFind(database: Database, { grants }: TableNames): GrantStore['find'] {
  const statement = named(`SELECT ${grantColumns} FROM ${grants} WHERE id = $1`)
  return async (id) => {
    if (!isStorableId(id)) return null
    const [row] = await query(database, { ...statement, values: [id] })
    return row === undefined ? null : readStoredGrant(toStoredGrant(row))
  }
}

function createListByUser(database: Database, { grants }: TableNames): GrantStore['listByUser'] {
  const text = `
    SELECT ${grantColumns} FROM ${grants}
    WHERE user_id = $1 AND ended_at IS NULL
      AND expires_at > $2::timestamptz AND last_refreshed_at + idle_timeout > $2::timestamptz
    ORDER BY created_at DESC, id`
  return async (userId, at) => {
    if (!isStorableId(userId)) return []
    const rows = await query(database, { text, values: [userId, toTimestamp(at)] })
    return readValidGrants(rows.map(toStoredGrant))
  }
}
