import { requireOptions } from '../../../domain/options.ts'
import { isStorableId } from '../../../domain/storable.ts'
import { readStoredGrant, readValidGrants } from '../../../domain/stored-grant.ts'
import type { GrantStore } from '../../../ports/grant-store.ts'
import { type TableNames, type TableOptions, tableOptionNames } from '../../tables/table-names.ts'
import { withGrantUserKeys } from '../../tables/with-user-keys.ts'
import { createBusyRetry } from '../busy-retry.ts'
import { claimConnection, isRow, type SqliteDatabase, withSessionErrors } from '../database.ts'
import { sweepBatch } from '../session-store.ts'
import { createSqliteTableNames } from '../sqlite-table-names.ts'
import { prepareUserKeyType } from '../user-key-type.ts'
import { prepareEnd, prepareEndByClient, prepareEndByUser, prepareRotate } from './changes.ts'
import { prepareInsert } from './insert.ts'
import { grantColumns } from './record.ts'
import { prepareEndExpired, preparePurge } from './sweep.ts'

/**
 * Creates a store of grants on an open SQLite database whose tables come from `migrateSqliteSessions`, beside the
 * sessions: on the same connection as `createSqliteSessionStore`, or on another one. What is said there about processes,
 * waits and statements applies. Changes are reported by `createSqliteRevocationChannel`.
 *
 * Throws `not-migrated` if the tables do not exist, and `invalid-option` if a channel uses the connection.
 */
export function createSqliteGrantStore(
  database: SqliteDatabase,
  options: TableOptions = {},
): GrantStore {
  requireOptions('createSqliteGrantStore', options, tableOptionNames)
  const names = createSqliteTableNames(options)
  claimConnection(database, 'store')
  const run = createBusyRetry()
  const retried =
    <Args extends unknown[], Result>(operation: (...args: Args) => Promise<Result>) =>
    (...args: Args) =>
      run(() => operation(...args))
  // Each operation is async, so that a failure rejects, as the port requires, instead of throwing.
  const store = withSessionErrors(() => ({
    sweepBatch,
    insert: retried(prepareInsert(database, names)),
    find: retried(prepareFind(database, names)),
    listByUser: retried(prepareListByUser(database, names)),
    rotate: retried(prepareRotate(database, names)),
    end: retried(prepareEnd(database, names)),
    endByUser: retried(prepareEndByUser(database, names)),
    endByClient: retried(prepareEndByClient(database, names)),
    endExpired: retried(prepareEndExpired(database, names)),
    purge: retried(preparePurge(database, names)),
  }))
  return withGrantUserKeys(store, retried(prepareUserKeyType(database, names)))
}

function prepareFind(database: SqliteDatabase, { grants }: TableNames): GrantStore['find'] {
  const statement = database.prepare(`SELECT ${grantColumns} FROM ${grants} WHERE id = :id`)
  return async (id) => {
    if (!isStorableId(id)) return null
    const row = withSessionErrors(() => statement.get({ id }))
    return isRow(row) ? readStoredGrant(row) : null
  }
}

function prepareListByUser(
  database: SqliteDatabase,
  { grants }: TableNames,
): GrantStore['listByUser'] {
  const statement = database.prepare(`
    SELECT ${grantColumns} FROM ${grants}
    WHERE user_id = :userId AND ended_at IS NULL
      AND expires_at > :at AND last_refreshed_at + idle_timeout_ms > :at
    ORDER BY created_at DESC, id`)
  return async (userId, at) => {
    if (!isStorableId(userId)) return []
    return readValidGrants(withSessionErrors(() => statement.all({ userId, at })))
  }
}
