import { rejectOption } from '../../domain/errors.ts'
import {
  type ExpectedObject,
  type OptionNames,
  requireMethods,
  requireOptions,
} from '../../domain/options.ts'
import { getField } from '../../domain/stored-fields.ts'
import type { BackendRequest, OpenedBackend, SessionBackend } from '../../ports/session-backend.ts'
import { requireUserReference, type UserReference } from '../tables/user-reference.ts'
import { createBusyRetry } from './busy-retry.ts'
import type { ClosableSqliteDatabase, SqliteDatabase } from './database.ts'
import { migrateSqliteSessions } from './migrate.ts'
import { openFile } from './open-file.ts'
import { createSqliteRevocationChannel } from './revocation-channel.ts'
import { createSqliteSessionStore, sweepBatch } from './session-store.ts'
import { createSqliteTableNames } from './sqlite-table-names.ts'
import { toSessionError } from './to-session-error.ts'

/** Options of `sqlite`. */
export interface SqliteBackendOptions {
  /** As in `TableOptions`. */
  readonly tablePrefix?: string
  /** The app's table of users, as in `SqliteMigrationOptions`. Default: no reference. */
  readonly userReference?: UserReference
}

const optionNames: OptionNames<SqliteBackendOptions> = { tablePrefix: true, userReference: true }

/**
 * Sessions in a SQLite file. Pass its name, which opens it with `node:sqlite` and creates it for this
 * user only (mode 0600), or a function that opens it with another driver:
 * `sqlite(() => new BetterSqlite3('app.db'))`. Several processes may use one file.
 *
 * Each connection gets WAL, foreign keys, and commits that survive a power failure. The connections
 * are the library's own: your statements belong on another one. There are two, because the cache needs
 * its own, so the function is called twice. `close` closes both.
 *
 * Sessions are cached by default: every verification first checks the file for commits of other
 * processes, at most once a millisecond, so that none is accepted for longer than without the cache. A
 * database in memory is never cached.
 */
export function sqlite(
  source: string | (() => ClosableSqliteDatabase),
  options: SqliteBackendOptions = {},
): SessionBackend {
  requireOptions('sqlite', options, optionNames)
  const { userReference, ...tables } = options
  createSqliteTableNames(tables)
  requireUserReference(userReference)
  const connect = toConnect(source)
  return { cachesByDefault: true, sweepBatch, open: (request) => open(connect, request, options) }
}

function toConnect(source: string | (() => ClosableSqliteDatabase)): () => ClosableSqliteDatabase {
  if (typeof source === 'function') return source
  if (typeof source === 'string' && source !== '') return () => openFile(source)
  return rejectOption(
    'sqlite needs a file name or a function that opens the database, such as ' +
      "sqlite(() => new DatabaseSync('app.db')): one open database cannot serve the cache too",
  )
}

async function open(
  connect: () => ClosableSqliteDatabase,
  request: BackendRequest,
  options: SqliteBackendOptions,
): Promise<OpenedBackend> {
  const databases: ClosableSqliteDatabase[] = []
  const connectNext = async () => {
    const database = requireNew(connect(), databases)
    databases.push(database)
    await configure(database)
    return database
  }
  const { userReference: _, ...tables } = options
  try {
    const database = await connectNext()
    if (request.migrate) migrateSqliteSessions(database, options)
    const hasChannel = request.channel && !isInMemory(database)
    const channel = hasChannel ? createSqliteRevocationChannel(await connectNext(), tables) : null
    // From now on nothing waits synchronously for another process.
    for (const each of databases) each.exec('PRAGMA busy_timeout = 0')
    const store = createSqliteSessionStore(database, tables)
    return { store, channel, close: async () => closeAll(databases) }
  } catch (error) {
    closeAll(databases)
    throw toSessionError(error)
  }
}

/** Throws `invalid-option` unless `open` has returned a connection that it has not returned before. */
function requireNew(
  database: ClosableSqliteDatabase,
  others: readonly ClosableSqliteDatabase[],
): ClosableSqliteDatabase {
  if (getField(database, 'then') !== undefined) {
    rejectOption('the function passed to sqlite must return an open database, not a promise of one')
  }
  requireMethods('the result of the function passed to sqlite', database, expectedConnection)
  if (others.includes(database)) {
    rejectOption(
      'the function passed to sqlite must open a new connection at each call: the cache needs its own',
    )
  }
  return database
}

const expectedConnection: ExpectedObject = {
  methods: ['exec', 'prepare', 'close'],
  expected: "an open database, as in sqlite(() => new Database('app.db'))",
}

/**
 * The timeout comes first: switching to WAL needs a lock that another process may hold which starts at
 * the same time. SQLite does not always wait for it, so the switch is also repeated.
 */
async function configure(database: SqliteDatabase): Promise<void> {
  database.exec('PRAGMA busy_timeout = 5000')
  const retryWhileBusy = createBusyRetry()
  await retryWhileBusy(async () => {
    database.exec('PRAGMA journal_mode = WAL')
  })
  database.exec('PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL')
}

/** Such a database cannot be opened twice, and no other process can change it. */
function isInMemory(database: SqliteDatabase): boolean {
  const [main] = database.prepare('PRAGMA database_list').all({})
  return getField(main, 'file') === ''
}

function closeAll(databases: readonly ClosableSqliteDatabase[]): void {
  for (const each of databases) each.close()
}
