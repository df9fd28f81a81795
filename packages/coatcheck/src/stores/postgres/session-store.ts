import { requireOptions } from '../../domain/options.ts'
import { isStorableId } from '../../domain/storable.ts'
import { getField } from '../../domain/stored-fields.ts'
import { readStoredRecord, readValidRecords } from '../../domain/stored-record.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import {
  createTableNames,
  type TableNames,
  type TableOptions,
  tableOptionNames,
} from '../tables/table-names.ts'
import { withUserKeys } from '../tables/with-user-keys.ts'
import type { Database } from './database.ts'
import { createEnd, createEndByUser, createHasEndedWithoutSuccessor } from './ending.ts'
import { createInsert } from './insert.ts'
import { named } from './named-statements.ts'
import {
  createAddPendingSignIn,
  createCountPendingSignInAttempt,
  createEndPendingSignIns,
  createFindPendingSignIn,
  createPurgePendingSignIns,
  createRemovePendingSignIn,
} from './pending-sign-ins.ts'
import { restoreNamesOf } from './postgres-js-database.ts'
import { query } from './query.ts'
import { recordColumns, toStoredRecord, toTimestamp } from './record.ts'
import { createClaimSweep, createCountUnended, createEndExpired, createPurge } from './sweep.ts'
import { type PostgresDatabase, toDatabase } from './to-database.ts'
import { createTransactionDatabase } from './transaction-database.ts'
import { createReplaceSecret, createTouch, createUpdateData } from './updates.ts'
import { createReadUserKeyType, type ReadUserKeyType } from './user-key-type.ts'
import { createWrites } from './writes.ts'

/**
 * Creates a store on a connection pool of a PostgreSQL database whose tables come from
 * `migratePostgresSessions`. Any number of processes may use one database. Instants are stored to the
 * millisecond, in the years 1 to 9999. See `PostgresPool` for the configuration of the pool. The app
 * must end the pool.
 */
export function createPostgresSessionStore(
  database: PostgresDatabase,
  options: TableOptions = {},
): SessionStore {
  requireOptions('createPostgresSessionStore', options, tableOptionNames)
  const names = createTableNames(options)
  const restoreNames = restoreNamesOf(database)
  const tables = { names, readUserKeyType: createReadUserKeyType(names) }
  return {
    ...createStore(toDatabase(database), tables),
    within: (transaction) =>
      createStore(createTransactionDatabase(transaction, restoreNames), tables),
  }
}

interface Tables {
  readonly names: TableNames
  readonly readUserKeyType: ReadUserKeyType
}

function createStore(database: Database, { names, readUserKeyType }: Tables): SessionStore {
  const writes = createWrites(database, names)
  // Each operation is async, so that an invalid argument rejects instead of throwing.
  const store: SessionStore = {
    insert: createInsert(writes, names),
    find: createFind(database, names),
    listByUser: createListByUser(database, names),
    replaceSecret: createReplaceSecret(writes, names),
    updateData: createUpdateData(writes, names),
    touch: createTouch(database, names),
    hasEndedWithoutSuccessor: createHasEndedWithoutSuccessor(database, names),
    end: createEnd(writes, names),
    endByUser: createEndByUser(writes, names),
    endExpired: createEndExpired(database, names),
    claimSweep: createClaimSweep(database, names),
    currentTime: createCurrentTime(database),
    countUnended: createCountUnended(database, names),
    purge: createPurge(database, names),
    addPendingSignIn: createAddPendingSignIn(writes, names),
    findPendingSignIn: createFindPendingSignIn(database, names),
    countPendingSignInAttempt: createCountPendingSignInAttempt(writes, names),
    removePendingSignIn: createRemovePendingSignIn(writes, names),
    endPendingSignIns: createEndPendingSignIns(writes, names),
    purgePendingSignIns: createPurgePendingSignIns(database, names),
  }
  return withUserKeys(store, () => readUserKeyType(database))
}

function createCurrentTime(database: Database): Required<SessionStore>['currentTime'] {
  const text = `SELECT round(date_part('epoch', clock_timestamp()) * 1000)::text AS now`
  return async () => {
    const [row] = await query(database, { text })
    return Number(getField(row, 'now'))
  }
}

function createFind(database: Database, names: TableNames): SessionStore['find'] {
  const statement = named(`SELECT ${recordColumns} FROM ${names.sessions} WHERE id = $1`)
  return async (id) => {
    if (!isStorableId(id)) return null
    const [row] = await query(database, { ...statement, values: [id] })
    return row === undefined ? null : readStoredRecord(toStoredRecord(row))
  }
}

function createListByUser(database: Database, names: TableNames): SessionStore['listByUser'] {
  const text = `
    SELECT ${recordColumns} FROM ${names.sessions}
    WHERE user_id = $1 AND ended_at IS NULL
      AND expires_at > $2::timestamptz AND last_activity_at + idle_timeout > $2::timestamptz
    ORDER BY created_at DESC, id`
  return async (userId, at) => {
    if (!isStorableId(userId)) return []
    const rows = await query(database, { text, values: [userId, toTimestamp(at)] })
    return readValidRecords(rows.map(toStoredRecord))
  }
}
