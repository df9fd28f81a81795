import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { aSessionRecord } from '../../testing/builders.ts'
import { anEnding, plainInsertion } from '../../testing/fixtures.ts'
import { migrateSqliteSessions, type SqliteMigrationOptions } from './migrate.ts'
import { createSqliteSessionStore } from './session-store.ts'

const drivers = [
  { driver: 'node:sqlite', open: () => new DatabaseSync(':memory:') },
  { driver: 'better-sqlite3', open: () => new Database(':memory:') },
]

const users: SqliteMigrationOptions = { userReference: { table: 'users', column: 'id' } }

function schemaOf(database: DatabaseSync | Database.Database): unknown {
  const names = database.prepare(
    `SELECT group_concat(name, ' ') AS names FROM (
      SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name)`,
  )
  return Reflect.get(Object(names.get()), 'names')
}

const everything =
  'session_changed session_changes session_deleted session_grant_changed session_grant_deleted ' +
  'session_grant_replaced session_grants session_grants_by_client session_grants_by_user ' +
  'session_grants_ended session_grants_not_ended session_migrations session_pending_by_expiry ' +
  'session_pending_by_user session_pending_sign_ins session_replaced ' +
  'session_user_endings sessions sessions_by_user sessions_ended sessions_not_ended ' +
  'sessions_replacing'

describe.each(drivers)('migrateSqliteSessions with $driver', ({ open }) => {
  it('migrates up, and down without leaving tables, indexes or triggers', () => {
    const database = open()
    migrateSqliteSessions(database)
    expect(schemaOf(database)).toBe(everything)

    migrateSqliteSessions(database, { to: 0 })
    expect(schemaOf(database)).toBe('session_migrations')

    migrateSqliteSessions(database)
    expect(schemaOf(database)).toBe(everything)
  })

  it('keeps the sessions of an older version', async () => {
    const database = open()
    migrateSqliteSessions(database)
    const record = aSessionRecord()
    await createSqliteSessionStore(database).insert(plainInsertion(record))
    migrateSqliteSessions(database, { to: 1 })

    migrateSqliteSessions(database)

    expect(await createSqliteSessionStore(database).find(record.id)).toEqual(record)
  })

  it('keeps the sessions when it runs again', async () => {
    const database = open()
    migrateSqliteSessions(database)
    const record = aSessionRecord()
    await createSqliteSessionStore(database).insert(plainInsertion(record))

    migrateSqliteSessions(database)

    expect(await createSqliteSessionStore(database).find(record.id)).toEqual(record)
  })

  it('rejects a database that a newer version has migrated', () => {
    const database = open()
    migrateSqliteSessions(database)
    database.exec(`INSERT INTO session_migrations VALUES (99, 'newer')`)

    for (const options of [{}, { to: 0 }]) {
      expect(() => migrateSqliteSessions(database, options)).toThrow(
        expect.objectContaining({ code: 'schema-too-new' }),
      )
    }
    expect(schemaOf(database)).toBe(everything)
  })

  it('applies all steps or none', () => {
    const database = open()
    database.exec('CREATE TABLE session_user_endings (unrelated TEXT)')

    expect(() => migrateSqliteSessions(database)).toThrow(
      expect.objectContaining({ code: 'table-in-use' }),
    )
    expect(schemaOf(database)).toBe('session_user_endings')
  })

  it.each([{ to: -1 }, { to: 0.5 }, { to: 99 }, { to: Number.NaN }])(
    'rejects the options %o',
    (options) => {
      const database = open()

      expect(() => migrateSqliteSessions(database, options)).toThrow(
        expect.objectContaining({ code: 'invalid-option' }),
      )
      expect(schemaOf(database)).toBeNull()
    },
  )

  it.each(['', 'a"b', 'users; --', 'a.b', 'ä', 'x'.repeat(64)])(
    'rejects the table or column name %j',
    (name) => {
      for (const userReference of [
        { table: name, column: 'id' },
        { table: 'users', column: name },
      ]) {
        expect(() => migrateSqliteSessions(open(), { userReference })).toThrow(
          expect.objectContaining({ code: 'invalid-option' }),
        )
      }
    },
  )
})

describe.each(drivers)('userReference with $driver', ({ open }) => {
  function openWithUser(userId: string) {
    const database = open()
    database.exec('PRAGMA foreign_keys = ON')
    database.exec('CREATE TABLE users (id TEXT PRIMARY KEY)')
    database.prepare('INSERT INTO users VALUES (?)').run(userId)
    migrateSqliteSessions(database, users)
    return { database, store: createSqliteSessionStore(database) }
  }

  it('deletes the sessions and the ending of a deleted user', async () => {
    const record = aSessionRecord()
    const { database, store } = openWithUser(record.userId)
    await store.endByUser(record.userId, anEnding(), null)
    await store.insert(plainInsertion(record))

    database.exec('DELETE FROM users')

    expect(await store.find(record.id)).toBeNull()
    expect(database.prepare('SELECT * FROM session_user_endings').all()).toEqual([])
  })

  it('rejects a session of an unknown user', async () => {
    const { store } = openWithUser('user-1')
    const record = aSessionRecord()

    await expect(store.insert(plainInsertion(record))).rejects.toMatchObject({
      code: 'unknown-user',
    })
    expect(await store.find(record.id)).toBeNull()
    expect(await store.endByUser(record.userId, anEnding(), null)).toEqual([])
  })
})

it('migrateSqliteSessions migrates a file from several processes concurrently', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const script = `
    import { DatabaseSync } from 'node:sqlite'
    import { migrateSqliteSessions } from ${JSON.stringify(new URL('migrate.ts', import.meta.url))}
    const database = new DatabaseSync(${JSON.stringify(join(folder, 'sessions.db'))})
    database.exec('PRAGMA busy_timeout = 10000')
    migrateSqliteSessions(database)`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  try {
    await Promise.all(Array.from({ length: 5 }, run))

    const database = new DatabaseSync(join(folder, 'sessions.db'))
    expect(schemaOf(database)).toBe(everything)
    expect(database.prepare('SELECT version FROM session_migrations').all()).toEqual([
      { version: 1 },
      { version: 2 },
      { version: 3 },
      { version: 4 },
      { version: 5 },
      { version: 6 },
    ])
    database.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('migrateSqliteSessions succeeds if another process migrates between any two of its statements', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  try {
    for (let statement = 0; statement < 20; statement += 1) {
      const file = join(folder, `${statement}.db`)
      const [one, other] = [new DatabaseSync(file), new DatabaseSync(file)]
      let prepared = 0
      migrateSqliteSessions({
        exec: (sql) => one.exec(sql),
        prepare(sql) {
          // In its transaction, this process has the write lock.
          if (prepared === statement && !one.isTransaction) migrateSqliteSessions(other)
          prepared += 1
          return one.prepare(sql)
        },
      })
      expect(schemaOf(one)).toBe(everything)
      one.close()
      other.close()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe.each(drivers)('two sets of session tables in one file with $driver', ({ open }) => {
  it('have their own sessions, ends and migrations', async () => {
    const database = open()
    const prefixes = ['', 'auth_', 'session_']
    for (const tablePrefix of prefixes) migrateSqliteSessions(database, { tablePrefix })
    const stores = prefixes.map((tablePrefix) =>
      createSqliteSessionStore(database, { tablePrefix }),
    )
    const record = aSessionRecord()
    for (const store of stores) await store.insert(plainInsertion(record))

    await stores[0]?.endByUser(record.userId, anEnding(), null)
    for (const store of stores.slice(1)) {
      expect(await store.find(record.id)).toEqual(record)
      const { status } = await store.insert(
        plainInsertion(aSessionRecord({ userId: record.userId }), {
          credentialsCheckedAt: record.createdAt,
        }),
      )
      expect(status).toBe('inserted')
    }
    migrateSqliteSessions(database, { to: 0 })
    expect(await stores[1]?.find(record.id)).toEqual(record)
  })

  it('rejects a schema', () => {
    expect(() => migrateSqliteSessions(open(), { schema: 'app' })).toThrow(
      /schema is for PostgreSQL/,
    )
  })
})

describe.each(drivers)('a file of an application with $driver', ({ open }) => {
  it.each([
    ['a table sessions', 'CREATE TABLE sessions (id TEXT)', /a table sessions/],
    ['a table in upper case', 'CREATE TABLE SESSIONS (id TEXT)', /a table sessions/],
    ['a view sessions', 'CREATE VIEW sessions AS SELECT 1 AS id', /a table sessions/],
    ['a table of migrations', 'CREATE TABLE session_migrations (at TEXT)', /session_migrations/],
    [
      'an index sessions_ended',
      'CREATE TABLE logins (id TEXT); CREATE INDEX sessions_ended ON logins (id)',
      /sessions_ended already exists/,
    ],
    [
      'a trigger session_changed',
      'CREATE TABLE a (id); CREATE TRIGGER session_changed AFTER DELETE ON a BEGIN SELECT 1; END',
      /"session_changed" already exists/,
    ],
  ])('with %s is not changed, and works with a prefix', (_name, sql, message) => {
    const database = open()
    database.exec(sql)
    const before = schemaOf(database)
    expect(() => migrateSqliteSessions(database)).toThrow(
      expect.objectContaining({ code: 'table-in-use', message: expect.stringMatching(message) }),
    )
    expect(() => migrateSqliteSessions(database)).toThrow(/nothing was changed: set tablePrefix/)
    expect(schemaOf(database)).toBe(before)
    migrateSqliteSessions(database, { tablePrefix: 'auth_' })
  })

  it('only reads a file that has the newest version', () => {
    const database = open()
    migrateSqliteSessions(database)
    database.exec('PRAGMA query_only = ON')
    migrateSqliteSessions(database)
  })
})
