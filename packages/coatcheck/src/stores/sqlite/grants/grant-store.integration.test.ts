import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { aGrantRecord, anInstant } from '../../../testing/builders.ts'
import {
  aGrantEnding,
  aGrantRotation,
  expectGrants,
  grantInsertion,
  insertGrants,
  liveGrants,
} from '../../../testing/grant-store/fixtures.ts'
import { migrateSqliteSessions, type SqliteMigrationOptions } from '../migrate.ts'
import { createSqliteRevocationChannel } from '../revocation-channel.ts'
import { createSqliteGrantStore } from './grant-store.ts'

const users: SqliteMigrationOptions = { userReference: { table: 'users', column: 'id' } }

function openStore(options: SqliteMigrationOptions = {}, prepare = '') {
  const database = new DatabaseSync(':memory:')
  database.exec(`PRAGMA foreign_keys = ON; ${prepare}`)
  migrateSqliteSessions(database, options)
  return { database, store: createSqliteGrantStore(database) }
}

/** Opens a file on two connections, with a channel on a third. */
function openFile() {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const connections = [1, 2, 3].map(() => {
    const database = new DatabaseSync(join(folder, 'grants.db'))
    database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 0; PRAGMA foreign_keys = ON')
    return database
  })
  const [database, direct, channelConnection] = connections
  if (!database || !direct || !channelConnection) throw new Error('Expected three connections')
  return {
    database,
    direct,
    channelConnection,
    [Symbol.dispose]() {
      for (const each of connections) each.close()
      rmSync(folder, { recursive: true })
    },
  }
}

describe('createSqliteGrantStore', () => {
  it('rejects a database without the table of grants when it is created', () => {
    const database = new DatabaseSync(':memory:')
    migrateSqliteSessions(database, { to: 5 })
    expect(() => createSqliteGrantStore(database)).toThrow(
      expect.objectContaining({ code: 'not-migrated' }),
    )
  })

  it.each([
    `end_reason = 'x'`,
    `ended_at = 1, end_reason = ''`,
    `family_hash = x'00'`,
    `rotation_salt = x'00'`,
    'rotated_at = 1',
    `previous_access_scopes = ''`,
    `access_scopes = 'a a'`,
    `scopes = 'a  b'`,
  ])('rejects with corrupt-record, and lists the other grants, if %s', async (damage) => {
    const { database, store } = openStore()
    const record = aGrantRecord()
    await insertGrants(store, [record])
    database.exec(`UPDATE session_grants SET ${damage}`)
    const valid = aGrantRecord({ userId: record.userId })
    await insertGrants(store, [valid])

    await expect(store.find(record.id)).rejects.toMatchObject({ code: 'corrupt-record' })
    expect(await store.listByUser(record.userId, anInstant)).toEqual([valid])
  })

  it('ends grants that cannot be read', async () => {
    const { database, store } = openStore()
    const records = [aGrantRecord(), aGrantRecord(), aGrantRecord()] as const
    await insertGrants(store, records)
    database.exec(`UPDATE session_grants SET family_hash = x'00'`)

    expect(await store.end(records[0].id, aGrantEnding())).not.toBeNull()
    expect(await store.endByUser(records[1].userId, aGrantEnding())).toHaveLength(1)
    expect(await store.endByClient(records[2].clientId, aGrantEnding(), 5)).toHaveLength(1)
  })

  it.each([0, -1, 0.5, Number.NaN])('rejects %s as a limit', async (limit) => {
    const { store } = openStore()
    const refused = { code: 'invalid-argument' }
    const inserting = store.insert(grantInsertion(aGrantRecord(), { limit }))
    await expect(inserting).rejects.toMatchObject(refused)
    await expect(store.purge(anInstant, limit)).rejects.toMatchObject(refused)
    await expect(store.endByClient('cli', aGrantEnding(), limit)).rejects.toMatchObject(refused)
    const sweeping = store.endExpired({ at: anInstant, limit, cursor: null })
    await expect(sweeping).rejects.toMatchObject(refused)
  })

  it('rejects with store-unavailable while another process holds the write lock', async () => {
    using opened = openFile()
    migrateSqliteSessions(opened.database)
    const store = createSqliteGrantStore(opened.database)
    const record = aGrantRecord()
    await insertGrants(store, [record])
    opened.direct.exec('BEGIN IMMEDIATE')

    const refused = { name: 'SessionError', code: 'store-unavailable' }
    await expect(
      Promise.allSettled([
        store.rotate(record.id, aGrantRotation(record)),
        store.end(record.id, aGrantEnding()),
        store.endByClient(record.clientId, aGrantEnding(), 5),
        store.insert(grantInsertion(aGrantRecord())),
      ]),
    ).resolves.toMatchObject(Array.from({ length: 4 }, () => ({ reason: refused })))
    await expectGrants(store, [record])

    opened.direct.exec('ROLLBACK')
    expect(await store.rotate(record.id, aGrantRotation(record))).toBe(true)
  })

  it('stores integer user ids in one spelling, and rejects what is no user id', async () => {
    const { store } = openStore(
      users,
      'CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (7), (9007199254740993)',
    )
    for (const [userId, spelling] of [
      ['7', '007'],
      ['9007199254740993', '+9007199254740993'],
    ] as const) {
      const record = aGrantRecord({ userId: spelling })
      await store.insert(grantInsertion(record))
      expect((await store.find(record.id))?.userId).toBe(userId)
      expect(await liveGrants(store, spelling)).toEqual([record.id])
      expect(await store.normalizeUserId?.(spelling)).toBe(userId)
      expect(await store.endByUser(spelling, aGrantEnding())).toMatchObject([{ userId }])
    }
    const wrong = aGrantRecord({ userId: 'ada' })
    await expect(store.insert(grantInsertion(wrong))).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    expect(await store.listByUser('ada', anInstant)).toEqual([])
    expect(await store.endByUser('ada', aGrantEnding())).toEqual([])
    const unknown = aGrantRecord({ userId: '8' })
    await expect(store.insert(grantInsertion(unknown))).rejects.toMatchObject({
      code: 'unknown-user',
    })
    expect(await store.endByUser('8', aGrantEnding())).toEqual([])
  })

  it('keeps the grants of known users when the reference is added later', async () => {
    const { database, store } = openStore()
    const known = aGrantRecord({ userId: 'ada' })
    const unknown = aGrantRecord({ userId: 'grace' })
    await insertGrants(store, [known, unknown])
    database.exec(
      `CREATE TABLE users (id TEXT PRIMARY KEY); INSERT INTO users VALUES ('ada');
       CREATE TABLE devices (grant_id TEXT REFERENCES session_grants (id) ON DELETE CASCADE)`,
    )
    migrateSqliteSessions(database, users)

    const after = createSqliteGrantStore(database)
    await expectGrants(after, [known])
    expect(await after.find(unknown.id)).toBeNull()
    database.exec('DELETE FROM users')
    expect(await after.find(known.id)).toBeNull()
  })

  it('reports changes by direct SQL and by deleting the user', async () => {
    using opened = openFile()
    opened.database.exec(
      `CREATE TABLE users (id TEXT PRIMARY KEY); INSERT INTO users VALUES ('ada')`,
    )
    migrateSqliteSessions(opened.database, users)
    const record = aGrantRecord({ userId: 'ada' })
    await insertGrants(createSqliteGrantStore(opened.database), [record])
    const received: string[] = []
    let now = 0
    const subscription = createSqliteRevocationChannel(opened.channelConnection).subscribe({
      clock: { now: () => now },
      leaseDuration: 2_000,
      listener: {
        onChange: (id) => received.push(id),
        onReset() {},
        onLatency() {},
        onInterrupted() {},
      },
    })
    subscription.freshAsOf()

    for (const sql of [
      `UPDATE session_grants SET ended_at = 1, end_reason = 'ended-by-user'`,
      'UPDATE session_grants SET ended_at = NULL, end_reason = NULL',
      `UPDATE session_grants SET scopes = ''`,
      'INSERT OR REPLACE INTO session_grants SELECT * FROM session_grants',
      'DELETE FROM users',
    ]) {
      received.length = 0
      opened.direct.exec(sql)
      now += 100
      subscription.freshAsOf()
      expect([sql, received.includes(record.id)]).toEqual([sql, true])
    }
    await subscription.close()
  })

  it('keeps the sessions of version 5, and leaves nothing when it migrates down', () => {
    const database = new DatabaseSync(':memory:')
    migrateSqliteSessions(database, { to: 5 })
    const schema = () => database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all()
    const before = schema()
    migrateSqliteSessions(database)
    expect(schema()).not.toEqual(before)
    migrateSqliteSessions(database, { to: 5 })
    expect(schema()).toEqual(before)
  })

  it.each([
    [`SELECT 1 FROM session_grants WHERE user_id = 'u'`, 'session_grants_by_user'],
    [
      `SELECT id FROM session_grants WHERE client_id = 'c' AND ended_at IS NULL LIMIT 9`,
      'session_grants_by_client',
    ],
    [
      `SELECT id FROM session_grants WHERE ended_at IS NULL AND id > '' ORDER BY id`,
      'session_grants_not_ended',
    ],
    ['SELECT id FROM session_grants WHERE ended_at < 9 ORDER BY ended_at', 'session_grants_ended'],
  ])('has an index for %s', (query, index) => {
    const { database } = openStore()
    expect(JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${query}`).all())).toContain(index)
  })
})
