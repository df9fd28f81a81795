import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { aSessionRecord } from '../../testing/builders.ts'
import { plainInsertion } from '../../testing/fixtures.ts'
import { type SqliteDatabase, withSessionErrors } from './database.ts'
import { migrateSqliteSessions } from './migrate.ts'
import { createSqliteSessionStore } from './session-store.ts'

type Connection = SqliteDatabase & { close(): unknown }
type Open = (file: string, readOnly?: boolean) => Connection

const drivers: readonly { readonly driver: string; readonly open: Open }[] = [
  {
    driver: 'node:sqlite',
    open: (file, readOnly = false) => new DatabaseSync(file, { readOnly, timeout: 0 }),
  },
  {
    driver: 'better-sqlite3',
    open: (file, readonly = false) => new Database(file, { readonly, timeout: 0 }),
  },
]

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
let files = 0

afterAll(() => rmSync(folder, { recursive: true }))

const insert = (database: SqliteDatabase) =>
  createSqliteSessionStore(database).insert(plainInsertion(aSessionRecord()))

interface Case {
  readonly condition: string
  readonly code: string
  readonly message: RegExp
  /** `file` is that of a migrated database. */
  fail(open: Open, file: string): Promise<unknown> | unknown
}

const cases: readonly Case[] = [
  {
    condition: 'the table does not exist',
    code: 'not-migrated',
    message: /no such table.*run migrateSqliteSessions\(database\)/,
    fail: (open) => insert(open(':memory:')),
  },
  {
    condition: 'a table is dropped while the store is in use',
    code: 'not-migrated',
    message: /no such table.*run migrateSqliteSessions/,
    fail: (open, file) => {
      const store = createSqliteSessionStore(open(file))
      open(file).exec('DROP TABLE sessions')
      return store.find(aSessionRecord().id)
    },
  },
  {
    condition: 'the application has a table of the same name',
    code: 'not-migrated',
    message: /no such \w+.*set tablePrefix/,
    fail: (open) => {
      const database = open(':memory:')
      database.exec('CREATE TABLE sessions (id TEXT, data TEXT)')
      return insert(database)
    },
  },
  {
    condition: 'the disk is full',
    code: 'read-only',
    message: /full.*What is stored can still be read/,
    fail: (open, file) => {
      const database = open(file)
      database.exec('PRAGMA max_page_count = 1')
      const store = createSqliteSessionStore(database)
      const insertMany = async () => {
        for (let n = 0; n < 1_000; n += 1) await store.insert(plainInsertion(aSessionRecord()))
      }
      return insertMany()
    },
  },
  {
    condition: 'the connection is read-only',
    code: 'read-only',
    message: /readonly database.*able to write the file and its directory/,
    fail: (open, file) => insert(open(file, true)),
  },
  {
    condition: 'the directory of the file does not exist',
    code: 'missing-privilege',
    message: /open.*directory exists/,
    fail: (open) => withSessionErrors(() => open(join(folder, 'missing', 'sessions.db'))),
  },
  {
    condition: 'a column has another type',
    code: 'wrong-column-type',
    message: /cannot store TEXT value.*another type/,
    fail: (open) => {
      const database = open(':memory:')
      migrateSqliteSessions(database)
      const [{ sql } = { sql: '' }] = database
        .prepare(`SELECT sql FROM sqlite_schema WHERE name = 'sessions'`)
        .all({}) as readonly { readonly sql: string }[]
      database.exec('DROP TABLE sessions')
      database.exec(sql.replace(/data TEXT/, 'data INTEGER'))
      return insert(database)
    },
  },
  {
    condition: 'the file is not a database',
    code: 'store-unavailable',
    message: /not a database.*check its path/,
    fail: (open) => {
      const file = join(folder, 'text.db')
      writeFileSync(file, 'This is a text and not a database.\n'.repeat(100))
      return withSessionErrors(() => migrateSqliteSessions(open(file)))
    },
  },
  {
    condition: 'another connection holds the write lock',
    code: 'store-unavailable',
    message: /locked.*write lock for too long/,
    fail: (open, file) => {
      open(file).exec('BEGIN IMMEDIATE')
      const database = open(file)
      database.exec('PRAGMA busy_timeout = 0')
      return migrateSqliteSessions(database, { to: 0 })
    },
  },
  {
    condition: 'the database is closed',
    code: 'store-unavailable',
    message: /(not open|finalized).*close the sessions before the database/,
    fail: (open, file) => {
      const database = open(file)
      const store = createSqliteSessionStore(database)
      database.close()
      return store.find(aSessionRecord().id)
    },
  },
]

async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return error
  }
}

describe.each(drivers)('SQLite session store with $driver', ({ open }) => {
  it.each(cases)('fails with $code and says what to do if $condition', async (each) => {
    const opened: Connection[] = []
    const openAndClose: Open = (file, readOnly) => {
      const database = open(file, readOnly)
      opened.push(database)
      return database
    }
    files += 1
    const file = join(folder, `${files}.db`)
    migrateSqliteSessions(openAndClose(file))
    const error = await errorOf(() => each.fail(openAndClose, file))
    for (const database of opened) await errorOf(() => database.close())

    expect(error).toMatchObject({ name: 'SessionError', code: each.code })
    expect(error).toHaveProperty('message', expect.stringMatching(each.message))
  })

  // Root may write every file.
  it.skipIf(process.getuid?.() === 0)(
    'fails with missing-privilege if the process may not write the directory',
    async () => {
      const locked = join(folder, `locked-${files}`)
      mkdirSync(locked)
      const file = join(locked, 'sessions.db')
      const database = open(file)
      migrateSqliteSessions(database)
      chmodSync(locked, 0o500)
      await expect(insert(database)).rejects.toMatchObject({ code: 'missing-privilege' })
      chmodSync(locked, 0o700)
      database.close()
    },
  )
})
