import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { createSessions } from 'coatcheck'
import {
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  migrateSqliteSessions,
  type SqliteMigrationOptions,
} from 'coatcheck/sqlite'
import { describe, expect, it } from 'vitest'
import { minute } from '../src/domain/time.ts'
import { anInstant, aSessionRecord } from '../src/testing/builders.ts'
import { anEnding, aRotation, plainInsertion } from '../src/testing/fixtures.ts'
import { addPending } from './support/add-pending.ts'

const drivers = [
  { driver: 'node:sqlite', open: () => new DatabaseSync(':memory:') },
  { driver: 'better-sqlite3', open: () => new Database(':memory:') },
]

const toUsers: SqliteMigrationOptions = { userReference: { table: 'users', column: 'id' } }
const uuid = '0b2a6f9e-93a4-4a44-9f64-0d2f1c5e7ab1'

const keys = [
  {
    type: 'INTEGER',
    id: '9007199254740993',
    spellings: ['+9007199254740993', '009007199254740993'],
    other: '8',
    wrong: ['abc', '9223372036854775808', '7.0', '7e0'],
  },
  { type: 'BIGINT', id: '7', spellings: ['007'], other: '8', wrong: ['abc'] },
  { type: 'TEXT', id: 'Ada', spellings: [], other: 'ada', wrong: [] },
  { type: 'UUID', id: uuid, spellings: [], other: '8', wrong: [] },
  { type: '', id: '007', spellings: [], other: '7', wrong: [] },
]

describe.each(drivers)('user ids with $driver', ({ open }) => {
  function openUsers(type: string, ...ids: readonly string[]) {
    const database = open()
    database.exec('PRAGMA foreign_keys = ON')
    database.exec(`CREATE TABLE users (id ${type} PRIMARY KEY)`)
    for (const id of ids) database.exec(`INSERT INTO users VALUES ('${id}')`)
    return database
  }

  describe.each(keys)('of the type $type', ({ type, id, spellings, other, wrong }) => {
    function openSessions() {
      const database = openUsers(type, id, other)
      migrateSqliteSessions(database, toUsers)
      const store = createSqliteSessionStore(database)
      const sessions = createSessions({ store, data: { initial: {} }, maxSessionsPerUser: 2 })
      const signIn = async (userId: string) => {
        const outcome = await sessions.signIn({ userId })
        if (outcome.status !== 'signed-in') throw new Error(outcome.reason)
        return outcome.session
      }
      return { database, store, sessions, signIn }
    }

    it('are returned as the database prints them, whatever their spelling', async () => {
      const { store, sessions, signIn } = openSessions()
      for (const spelling of [id, ...spellings]) {
        const session = await signIn(spelling)
        expect(session.userId).toBe(id)
        expect((await store.find(session.id))?.userId).toBe(id)
        const listed = await sessions.listForUser(spelling)
        expect(listed.map((each) => [each.id, each.userId])).toContainEqual([session.id, id])
      }
      await sessions.close()
    })

    it('have one cap, one owner and one end of all sessions in every spelling', async () => {
      const { sessions, signIn } = openSessions()
      const ending = { reason: 'ended-by-user' } as const
      for (const spelling of [id, ...spellings, id, ...spellings]) {
        const session = await signIn(spelling)
        expect((await sessions.listForUser(id)).length).toBeLessThanOrEqual(2)
        expect(await sessions.revoke(other, session.id, ending)).toBeNull()
        expect(await sessions.revoke(spelling, session.id, ending)).toMatchObject({ userId: id })
        const again = await signIn(id)
        const ended = await sessions.revokeAllForUser(spelling, ending)
        expect(ended.map((each) => each.id)).toContain(again.id)
      }
      await sessions.close()
    })

    it('have pending sign-ins that end in every spelling', async () => {
      const { sessions } = openSessions()
      const methods = ['pwd'] as const
      for (const spelling of [id, ...spellings]) {
        const started = await sessions.pendingSignIns.begin({
          userId: spelling,
          methods,
          credentialsCheckedAt: Date.now() + minute,
        })
        if (started.status !== 'pending') throw new Error('Expected a pending sign-in')
        expect(started.pending.userId).toBe(id)
        expect(await sessions.pendingSignIns.endForUser(spelling)).toBe(1)
      }
      await sessions.close()
    })

    it('do not stop later changes of other sessions after all of a user were ended', async () => {
      const { store, sessions, signIn } = openSessions()
      const { id: sessionId } = await signIn(id)
      const record = await store.find(sessionId)
      if (record === null) throw new Error('Expected a session')

      await store.endByUser(id, anEnding(), sessionId)
      const at = record.createdAt + 1
      expect(await store.replaceSecret(sessionId, aRotation(record, { at }))).toBe(true)
      await store.endByUser(id, anEnding(), sessionId)
      expect(await store.updateData(sessionId, () => '{}')).toBe(true)
      await store.endByUser(id, anEnding(), sessionId)
      expect(await store.purge(0, 10)).toBe(0)
      await store.endPendingSignIns(id, at)
      expect(await store.purgePendingSignIns(0, 10)).toBe(0)
      await sessions.close()
    })

    it('complete pending sign-ins in every spelling, and have none once deleted', async () => {
      const { database, store } = openSessions()
      for (const spelling of [id, ...spellings]) {
        const completes = await addPending(store, spelling)
        const record = aSessionRecord({ userId: spelling })
        const insertion = plainInsertion(record, { completes })
        expect(await store.insert(insertion)).toMatchObject({ status: 'inserted' })
      }
      const pending = await addPending(store, id)
      database.exec('DELETE FROM users')
      expect(await store.findPendingSignIn(pending.id)).toBeNull()
      expect(await store.endPendingSignIns(id, anInstant)).toBe(0)
      await expect(addPending(store, id)).rejects.toMatchObject({ code: 'unknown-user' })
    })

    it('that are not of the type are refused at sign-in and have no sessions', async () => {
      const { sessions } = openSessions()
      for (const userId of wrong) {
        await expect(sessions.signIn({ userId })).rejects.toMatchObject({
          code: 'invalid-argument',
        })
        expect(await sessions.listForUser(userId)).toEqual([])
        expect(await sessions.revokeAllForUser(userId, { reason: 'ended-by-user' })).toEqual([])
      }
      await sessions.close()
    })

    it('get the reference later, and keep rows, indexes and triggers', async () => {
      const database = openUsers(type, id)
      database.exec('CREATE TABLE log (session_id TEXT)')
      migrateSqliteSessions(database)
      database.exec(`
        CREATE INDEX own_index ON sessions (ip_address);
        CREATE TRIGGER own_trigger AFTER DELETE ON sessions
          BEGIN INSERT INTO log VALUES (OLD.id); END;
        CREATE TABLE devices (session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE);
        CREATE VIEW own_view AS SELECT id, replaces FROM sessions`)
      const store = createSqliteSessionStore(database)
      const [kept, orphan] = [aSessionRecord({ userId: id }), aSessionRecord({ userId: 'nobody' })]
      for (const record of [kept, orphan]) {
        await store.insert(plainInsertion(record))
        await store.endByUser(record.userId, anEnding({ at: anInstant - minute }), record.id)
        await addPending(store, record.userId)
        database.prepare('INSERT INTO devices VALUES (?)').run(record.id)
      }
      const names = `SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name`
      const before = database.prepare(names).all()

      for (const options of [toUsers, toUsers, {}]) migrateSqliteSessions(database, options)

      expect(database.prepare(names).all()).toEqual(before)
      expect(await store.find(kept.id)).toEqual(kept)
      expect(await store.find(orphan.id)).toBeNull()
      const rowsOf = (table: string, columns = '*') =>
        database.prepare(`SELECT ${columns} FROM ${table}`).all()
      expect(rowsOf('session_user_endings', 'ended_at')).toHaveLength(1)
      expect(rowsOf('session_pending_sign_ins', 'id')).toHaveLength(1)
      expect(rowsOf('devices')).toEqual([{ session_id: kept.id }])
      expect(rowsOf('log')).toEqual([{ session_id: orphan.id }])
      expect(rowsOf('own_view')).toEqual([{ id: kept.id, replaces: null }])
      expect(await createSqliteSessionStore(database).listByUser(id, anInstant)).toEqual([kept])
      database.exec('DELETE FROM users')
      expect(await store.find(kept.id)).toBeNull()
      expect(rowsOf('devices')).toEqual([])
    })

    it('are found by index', () => {
      const { database } = openSessions()
      for (const [table, index] of [
        ['sessions', 'sessions_by_user'],
        ['session_user_endings', 'sqlite_autoindex_session_user_endings'],
      ]) {
        const plan = `EXPLAIN QUERY PLAN SELECT * FROM ${table} WHERE user_id = ?`
        const text = JSON.stringify(database.prepare(plan).all('7'))
        expect(text).toMatch(new RegExp(`USING.*(${index}|PRIMARY KEY)`))
      }
    })
  })

  it.each([
    ['a table that does not exist', 'key INTEGER PRIMARY KEY', /there is no users\.id/],
    ['a type that user ids cannot have', 'id REAL PRIMARY KEY', /has the type REAL/],
    ['a binary key', 'id BLOB PRIMARY KEY', /has the type BLOB/],
    ['a column that is not unique', 'id TEXT', /must be the primary key/],
    ['a part of a key', 'id TEXT, part TEXT, PRIMARY KEY (id, part)', /must be the primary key/],
    ['a key without case', 'id TEXT COLLATE NOCASE PRIMARY KEY', /collation BINARY/],
  ])('rejects a reference to %s, and creates nothing', (_name, column, message) => {
    const database = open()
    database.exec(`CREATE TABLE users (${column})`)
    expect(() => migrateSqliteSessions(database, toUsers)).toThrow(message)
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
    expect(tables).toHaveLength(1)
  })

  it('rejects another reference than the existing one', () => {
    const database = openUsers('TEXT')
    database.exec('CREATE TABLE accounts (id TEXT PRIMARY KEY)')
    migrateSqliteSessions(database, toUsers)
    const userReference = { table: 'accounts', column: 'id' }
    expect(() => migrateSqliteSessions(database, { userReference })).toThrow(/references users\.id/)
  })

  it.each([
    ['whose column has another type', 'INTEGER', /probably another column/],
    ['of whom none has a session', 'TEXT', /probably another column/],
  ])('rejects a later reference to users %s', async (_name, type, message) => {
    const database = openUsers(type, '7')
    migrateSqliteSessions(database)
    const store = createSqliteSessionStore(database)
    const record = aSessionRecord({ userId: 'ada' })
    await store.insert(plainInsertion(record))
    expect(() => migrateSqliteSessions(database, toUsers)).toThrow(message)
    expect(await store.find(record.id)).toEqual(record)
  })

  it('does not lose columns that the application has added to the sessions', () => {
    const database = openUsers('TEXT')
    migrateSqliteSessions(database)
    database.exec('ALTER TABLE sessions ADD COLUMN device TEXT')
    expect(() => migrateSqliteSessions(database, toUsers)).toThrow(
      /columns of the application \(device\)/,
    )
    expect(database.prepare('SELECT device FROM sessions').all()).toEqual([])
    expect(database.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 })
  })
})

it('a userReference that is added later resets open channels on SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const connect = () => new DatabaseSync(join(folder, 'sessions.db'))
  const [database, watching] = [connect(), connect()]
  database.exec('PRAGMA foreign_keys = ON; CREATE TABLE users (id INTEGER PRIMARY KEY)')
  database.exec('INSERT INTO users VALUES (7)')
  migrateSqliteSessions(database)
  const received: string[] = []
  let now = 0
  const subscription = createSqliteRevocationChannel(watching).subscribe({
    listener: {
      onChange: (id) => received.push(id),
      onReset: () => received.push('reset'),
      onLatency() {},
      onInterrupted: (failure) => received.push(failure),
    },
    clock: { now: () => now++ * 100 },
    leaseDuration: 60_000,
  })
  subscription.freshAsOf()
  migrateSqliteSessions(database, toUsers)
  subscription.freshAsOf()
  const store = createSqliteSessionStore(database)
  const record = aSessionRecord({ userId: '7' })
  await store.insert(plainInsertion(record))
  await store.end(record.id, anEnding())
  subscription.freshAsOf()
  expect(received).toEqual(['reset', 'reset', record.id])
  for (const each of [database, watching]) each.close()
  rmSync(folder, { recursive: true })
})
