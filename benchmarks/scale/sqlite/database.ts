import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Activity, Milliseconds, SessionStore } from 'coatcheck'
import {
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  migrateSqliteSessions,
} from 'coatcheck/sqlite'
import type { SessionDatabase, TableSizes, TouchFigures } from '../engine.ts'
import { fill } from './fill.ts'

export interface SqliteDatabase extends SessionDatabase, Disposable {
  readonly connection: Database.Database
  /** Runs the work between closing the connection and opening another, whose caches are empty. */
  reopen(work: () => void | Promise<void>): Promise<void>
}

/** SQLite's default maximum mapping: 2 GiB less one page of 64 KiB. */
const maxMappedBytes = 2 ** 31 - 2 ** 16

/** Creates a file of sessions in the folder. */
export function openSqliteDatabase(folder: string, name: string): SqliteDatabase {
  const path = join(folder, `${name}.db`)
  let connection = connect(path)
  migrateSqliteSessions(connection)
  let store: SessionStore = createSqliteSessionStore(connection)

  async function reopen(work: () => void | Promise<void>): Promise<void> {
    connection.close()
    await work()
    connection = connect(path)
    store = createSqliteSessionStore(connection)
  }

  return {
    get connection() {
      return connection
    },
    get store() {
      return store
    },
    reopen,
    fill: (size, now) => reopen(() => fill(path, size, now)),
    sizes: async () => readSizes(connection),
    openChannel: () => openChannel(path),
    mapFile(mapped) {
      connection.pragma(`mmap_size = ${mapped ? maxMappedBytes : 0}`)
    },
    touch: (activities, precision) => touch(connection, store, { activities, precision }),
    [Symbol.dispose]: () => connection.close(),
  }
}

/** Opens the file like the app and the library's documentation. */
function connect(path: string): Database.Database {
  const connection = new Database(path, { timeout: 5_000 })
  connection.pragma('journal_mode = WAL')
  connection.pragma('foreign_keys = ON')
  connection.pragma('synchronous = FULL')
  return connection
}

/** Uses a second connection, which detects the first one's commits. */
function openChannel(path: string): ReturnType<SessionDatabase['openChannel']> {
  const second = connect(path)
  return {
    channel: createSqliteRevocationChannel(second),
    [Symbol.dispose]: () => second.close(),
  }
}

function readSizes(connection: Database.Database): TableSizes {
  const rows = Number(connection.prepare('SELECT count(*) FROM sessions').pluck().get())
  const bytesOf = connection
    .prepare('SELECT pgsize FROM dbstat WHERE name = ? AND aggregate = TRUE')
    .pluck()
  const indexes = connection
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'sessions'`)
    .pluck()
    .all()
    .map(String)
  return {
    rows,
    table: Number(bytesOf.get('sessions')),
    indexes: Object.fromEntries(indexes.map((name) => [name, Number(bytesOf.get(name))])),
  }
}

async function touch(
  connection: Database.Database,
  store: SessionStore,
  { activities, precision }: { activities: readonly Activity[]; precision: Milliseconds },
): Promise<TouchFigures> {
  const changes = connection.prepare('SELECT total_changes()').pluck()
  const before = Number(changes.get())
  await store.touch(activities, precision)
  return { updated: Number(changes.get()) - before, heapOnly: null }
}
