import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { SessionId } from '../../domain/session.ts'
import { aSessionRecord } from '../../testing/builders.ts'
import { anEnding, plainInsertion } from '../../testing/fixtures.ts'
import type { SqliteDatabase } from './database.ts'
import { migrateSqliteSessions } from './migrate.ts'
import { createSqliteRevocationChannel } from './revocation-channel.ts'
import { createSqliteSessionStore } from './session-store.ts'

type Connection = SqliteDatabase & { close(): unknown }

const drivers = [
  { driver: 'node:sqlite', connect: (file: string): Connection => new DatabaseSync(file) },
  { driver: 'better-sqlite3', connect: (file: string): Connection => new Database(file) },
]

/** Opens a file with one session, and a channel that has polled it once. */
async function open(connect: (file: string) => Connection) {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const connections: Connection[] = []
  const connectOnce = () => {
    const database = connect(join(folder, 'sessions.db'))
    database.exec('PRAGMA journal_mode = WAL')
    connections.push(database)
    return database
  }
  const directConnection = connectOnce()
  migrateSqliteSessions(directConnection)
  const store = createSqliteSessionStore(directConnection)
  const record = aSessionRecord()
  await store.insert(plainInsertion(record))

  let now = 0
  const received: string[] = []
  const channelConnection = connectOnce()
  const subscription = createSqliteRevocationChannel(channelConnection).subscribe({
    clock: { now: () => now },
    leaseDuration: 2_000,
    listener: {
      onChange: (id) => received.push(id),
      onReset: () => received.push('reset'),
      onLatency() {},
      onInterrupted: (failure) => received.push(failure),
    },
  })
  const poll = () => {
    now += 100
    return subscription.freshAsOf()
  }
  poll()
  received.length = 0
  return {
    directConnection,
    channelConnection,
    store,
    record,
    received,
    poll,
    isFresh: () => poll() === now,
    advance: (length: number) => {
      now += length
      return subscription.freshAsOf()
    },
    [Symbol.dispose]() {
      for (const each of connections) each.close()
      rmSync(folder, { recursive: true })
    },
  }
}

describe.each(drivers)('SQLite revocation channel with $driver', ({ connect }) => {
  it.each([
    ['down and up again', 0],
    ['down to the tables without triggers, and up again', 1],
  ])('resets after a migration %s', async (_name, to) => {
    using opened = await open(connect)
    migrateSqliteSessions(opened.directConnection, { to })
    migrateSqliteSessions(opened.directConnection)
    expect(opened.isFresh()).toBe(true)
    expect(opened.received).toEqual(['reset'])
  })

  it.each([
    'DROP TRIGGER session_deleted',
    'DROP TRIGGER session_changed',
    'DROP TRIGGER session_replaced',
    'DROP TRIGGER session_grant_deleted',
    'DROP TRIGGER session_grant_changed',
    'DROP TRIGGER session_grant_replaced',
    'DROP TABLE sessions',
  ])('is not fresh after %s, reports it once, and recovers after a migration', async (sql) => {
    using opened = await open(connect)
    opened.directConnection.exec(sql)
    for (let times = 0; times < 3; times += 1) expect(opened.poll()).toBe(Number.NEGATIVE_INFINITY)
    expect(opened.received).toEqual(['not-migrated'])

    if (sql === 'DROP TABLE sessions') return
    migrateSqliteSessions(opened.directConnection, { to: 0 })
    migrateSqliteSessions(opened.directConnection)
    expect(opened.isFresh()).toBe(true)
    expect(opened.received).toEqual(['not-migrated', 'reset'])
  })

  it('reports direct SQL updates, deletes and replacements', async () => {
    using opened = await open(connect)
    const { directConnection, record, received } = opened
    for (const sql of [
      `UPDATE sessions SET ended_at = 1, end_reason = 'signed-out'`,
      'UPDATE sessions SET ended_at = NULL, end_reason = NULL',
      `UPDATE sessions SET methods = ''`,
      'INSERT OR REPLACE INTO sessions SELECT * FROM sessions',
      'DELETE FROM sessions',
    ]) {
      received.length = 0
      directConnection.exec(sql)
      opened.poll()
      expect(received).toContain(record.id)
    }
  })

  it('polls at most once a millisecond, and backs off after a failure', async () => {
    using opened = await open(connect)
    await opened.store.end(opened.record.id, anEnding())
    expect(opened.advance(0.9)).toBe(100)
    expect(opened.received).toEqual([])
    opened.advance(0.1)
    expect(opened.received).toEqual([opened.record.id])

    opened.directConnection.exec('ALTER TABLE session_changes RENAME TO renamed')
    opened.poll()
    expect(opened.received.at(-1)).toBe('not-migrated')
    opened.directConnection.exec('ALTER TABLE renamed RENAME TO session_changes')
    expect(opened.advance(49)).toBe(Number.NEGATIVE_INFINITY)
    expect(opened.advance(1)).toBeGreaterThan(0)
  })

  it('resets when more sessions changed than the change table holds', async () => {
    using opened = await open(connect)
    opened.directConnection.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
      INSERT INTO sessions SELECT 'id-' || i, secret_hash, previous_secret_hash,
        previous_secret_expires_at, rotated_at, user_id, created_at, expires_at, last_activity_at,
        idle_timeout_ms, authenticated_at, remembered, ip_address, user_agent, csrf_secret, data,
        data_version, ended_at, end_reason, ended_by, replaces, methods FROM sessions, n;
      UPDATE sessions SET data_version = 7;`)
    opened.poll()
    expect(opened.received[0]).toBe('reset')
    const row = opened.directConnection.prepare('SELECT count(*) AS n FROM session_changes').get({})
    expect(row).toEqual({ n: 1_000 })
  })

  it('rejects the connection of a store, and the store that of a channel', async () => {
    using opened = await open(connect)
    const refused = expect.objectContaining({ code: 'invalid-option' })
    expect(() => createSqliteRevocationChannel(opened.directConnection)).toThrow(refused)
    expect(() => createSqliteSessionStore(opened.channelConnection)).toThrow(refused)
    expect((await opened.store.find(opened.record.id as SessionId))?.id).toBe(opened.record.id)
  })
})
