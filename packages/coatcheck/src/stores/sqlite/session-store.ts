import { SessionError } from '../../domain/errors.ts'
import { requireOptions } from '../../domain/options.ts'
import { isStorableId } from '../../domain/storable.ts'
import { readStoredRecord, readValidRecords } from '../../domain/stored-record.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { type TableNames, type TableOptions, tableOptionNames } from '../tables/table-names.ts'
import { withUserKeys } from '../tables/with-user-keys.ts'
import { createBusyRetry, type RetryWhileBusy } from './busy-retry.ts'
import {
  claimConnection,
  hasOpenTransaction,
  isRow,
  isSqliteDatabase,
  joinTransaction,
  type SqliteDatabase,
  withSessionErrors,
} from './database.ts'
import { prepareEnd, prepareEndByUser, prepareHasEndedWithoutSuccessor } from './ending.ts'
import { prepareInsert } from './insert.ts'
import {
  prepareAddPendingSignIn,
  prepareCountPendingSignInAttempt,
  prepareEndPendingSignIns,
  prepareFindPendingSignIn,
  preparePurgePendingSignIns,
  prepareRemovePendingSignIn,
} from './pending-sign-ins.ts'
import { recordColumns } from './record.ts'
import { createSqliteTableNames } from './sqlite-table-names.ts'
import { prepareCountUnended, prepareEndExpired, preparePurge } from './sweep.ts'
import { prepareReplaceSecret, prepareTouch, prepareUpdateData } from './updates.ts'
import { prepareUserKeyType } from './user-key-type.ts'

/**
 * A statement blocks all requests of this process. With ten million sessions, one that ends or removes
 * this many takes about ten milliseconds (docs/scale.md).
 */
export const sweepBatch = 100

/**
 * Creates a store on an open SQLite database whose tables come from `migrateSqliteSessions`. Several
 * processes may use one file; an operation that finds it locked by another one is repeated for three
 * seconds. Statements run synchronously, each well under a millisecond on a local
 * disk. See `SqliteDatabase` for how to open the database. The app must close it.
 *
 * Throws `not-migrated` if the tables do not exist, and `invalid-option` if a channel uses the
 * connection.
 */
export function createSqliteSessionStore(
  database: SqliteDatabase,
  options: TableOptions = {},
): SessionStore {
  requireOptions('createSqliteSessionStore', options, tableOptionNames)
  const names = createSqliteTableNames(options)
  claimConnection(database, 'store')
  return {
    ...createStore(database, names, createBusyRetry()),
    within: createWithin(names),
  }
}

/** Creates stores on connections of the app. Prepares the statements once per connection. */
function createWithin(names: TableNames): Required<SessionStore>['within'] {
  const stores = new WeakMap<object, SessionStore>()
  return (transaction) => {
    const database = requireOpen(transaction)
    // Not repeated while the file is busy: the app's transaction would have to be repeated.
    const whileOpen: RetryWhileBusy = async (work) => {
      requireOpen(transaction)
      return work()
    }
    const store =
      stores.get(transaction) ?? createStore(joinTransaction(database), names, whileOpen)
    stores.set(transaction, store)
    return store
  }
}

function requireOpen(transaction: object): SqliteDatabase {
  if (isSqliteDatabase(transaction) && hasOpenTransaction(transaction)) return transaction
  throw new SessionError(
    'invalid-argument',
    'The transaction is not open: pass a connection of node:sqlite or better-sqlite3 after BEGIN, and only until it ends',
  )
}

function createStore(
  database: SqliteDatabase,
  names: TableNames,
  run: RetryWhileBusy,
): SessionStore {
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
    replaceSecret: retried(prepareReplaceSecret(database, names)),
    updateData: retried(prepareUpdateData(database, names)),
    touch: retried(prepareTouch(database, names)),
    hasEndedWithoutSuccessor: retried(prepareHasEndedWithoutSuccessor(database, names)),
    end: retried(prepareEnd(database, names)),
    endByUser: retried(prepareEndByUser(database, names)),
    endExpired: retried(prepareEndExpired(database, names)),
    countUnended: retried(prepareCountUnended(database, names)),
    purge: retried(preparePurge(database, names)),
    addPendingSignIn: retried(prepareAddPendingSignIn(database, names)),
    findPendingSignIn: retried(prepareFindPendingSignIn(database, names)),
    countPendingSignInAttempt: retried(prepareCountPendingSignInAttempt(database, names)),
    removePendingSignIn: retried(prepareRemovePendingSignIn(database, names)),
    endPendingSignIns: retried(prepareEndPendingSignIns(database, names)),
    purgePendingSignIns: retried(preparePurgePendingSignIns(database, names)),
  }))
  return withUserKeys(store, retried(prepareUserKeyType(database, names)))
}

function prepareFind(database: SqliteDatabase, { sessions }: TableNames): SessionStore['find'] {
  const statement = database.prepare(`SELECT ${recordColumns} FROM ${sessions} WHERE id = :id`)
  return async (id) => {
    if (!isStorableId(id)) return null
    const row = withSessionErrors(() => statement.get({ id }))
    return isRow(row) ? readStoredRecord(row) : null
  }
}

function prepareListByUser(
  database: SqliteDatabase,
  { sessions }: TableNames,
): SessionStore['listByUser'] {
  const statement = database.prepare(`
    SELECT ${recordColumns} FROM ${sessions}
    WHERE user_id = :userId AND ended_at IS NULL
      AND expires_at > :at AND last_activity_at + idle_timeout_ms > :at
    ORDER BY created_at DESC, id`)
  return async (userId, at) => {
    if (!isStorableId(userId)) return []
    return readValidRecords(withSessionErrors(() => statement.all({ userId, at })))
  }
}
