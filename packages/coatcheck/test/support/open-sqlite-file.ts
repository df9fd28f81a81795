import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSqliteGrantStore,
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  migrateSqliteSessions,
  type SqliteDatabase,
  type SqliteMigrationOptions,
} from 'coatcheck/sqlite'
import type { OpenedRevocationChannel, OpenedSessionStore } from 'coatcheck/testing-contracts'
import type { WithGrants } from './grants-of.ts'
import type { Reusable } from './reuse.ts'
import { withGrantUsers, withUsers } from './with-users.ts'

type Connection = SqliteDatabase & { close(): unknown }

/** Opens two stores on one file, like two processes, with the driver of `connect`. */
export async function openSqliteFile(
  connect: (file: string) => Connection,
  tablePrefix = '',
): Promise<OpenedSessionStore & Reusable & WithGrants> {
  return openStores(connectTo(connect), { tablePrefix })
}

/** Opens a store and a channel on one file, with a table of users that the sessions reference. */
export async function openSqliteChannel(
  connect: (file: string) => Connection,
  tablePrefix = '',
): Promise<OpenedRevocationChannel & Reusable & WithGrants> {
  const opened = connectTo(connect)
  const app = opened.connectOnce()
  app.exec('CREATE TABLE users (id TEXT PRIMARY KEY)')
  const insertUser = app.prepare('INSERT OR IGNORE INTO users (id) VALUES (:id)')
  const deleteUser = app.prepare('DELETE FROM users WHERE id = :id')
  const stores = openStores(opened, {
    tablePrefix,
    userReference: { table: 'users', column: 'id' },
  })
  const addUser = async (id: string) => insertUser.run({ id })
  const { store: grants, second: secondGrants = grants } = stores.grants
  return {
    ...stores,
    store: withUsers(stores.store, addUser),
    grants: {
      store: withGrantUsers(grants, addUser),
      second: withGrantUsers(secondGrants, addUser),
    },
    channel: createSqliteRevocationChannel(opened.connectOnce(), { tablePrefix }),
    async removeUser(id) {
      deleteUser.run({ id })
    },
    async empty() {
      await stores.empty()
      app.exec('DELETE FROM users')
    },
  }
}

function openStores(
  { connectOnce, closeAll }: ReturnType<typeof connectTo>,
  options: SqliteMigrationOptions & { readonly tablePrefix: string },
): OpenedSessionStore & Reusable & WithGrants {
  const one = connectOnce()
  const { tablePrefix } = options
  migrateSqliteSessions(one, options)
  // Beside the default tables of another set.
  if (tablePrefix !== '') migrateSqliteSessions(one)
  const other = connectOnce()
  return {
    store: createSqliteSessionStore(one, { tablePrefix }),
    second: createSqliteSessionStore(other, { tablePrefix }),
    grants: {
      store: createSqliteGrantStore(one, { tablePrefix }),
      second: createSqliteGrantStore(other, { tablePrefix }),
    },
    async begin() {
      const transaction = connectOnce()
      transaction.exec('BEGIN IMMEDIATE')
      return {
        transaction,
        commit: async () => void transaction.exec('COMMIT'),
        rollBack: async () => void transaction.exec('ROLLBACK'),
      }
    },
    async empty() {
      const tables = [
        'sessions',
        'session_pending_sign_ins',
        'session_grants',
        'session_user_endings',
      ]
      one.exec(tables.map((table) => `DELETE FROM ${tablePrefix}${table}`).join('; '))
    },
    [Symbol.asyncDispose]: closeAll,
  }
}

function connectTo(connect: (file: string) => Connection) {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const connections: Connection[] = []
  return {
    connectOnce() {
      const database = connect(join(folder, 'sessions.db'))
      // As recommended: a connection that waits in SQLite would block the transaction for which it waits.
      database.exec('PRAGMA busy_timeout = 0; PRAGMA foreign_keys = ON')
      // No test survives a power failure.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF')
      connections.push(database)
      return database
    },
    async closeAll() {
      for (const each of connections) each.close()
      rmSync(folder, { recursive: true })
    },
  }
}
