import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import SqliteConnection from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant, aSessionRecord } from '../../testing/builders.ts'
import { anEnding, aRotation, plainInsertion } from '../../testing/fixtures.ts'
import type { SqliteDatabase } from './database.ts'
import { migrateSqliteSessions } from './migrate.ts'
import { createSqliteSessionStore } from './session-store.ts'

const unavailable = { name: 'SessionError', code: 'store-unavailable' }

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  file = join(folder, 'sessions.db')
})

afterEach(() => rmSync(folder, { recursive: true }))

function openNodeSqlite() {
  return new DatabaseSync(file)
}

function openBetterSqlite() {
  return new SqliteConnection(file, { timeout: 0 })
}

describe.each([
  ['node:sqlite', openNodeSqlite],
  ['better-sqlite3', openBetterSqlite],
])('SQLite store with %s while another process holds the write lock', (_name, open) => {
  it('serves reads and other work, and writes once the lock is released', async () => {
    using opened = openTwo(open)
    const { store, writer } = opened
    const existing = aSessionRecord()
    await store.insert(plainInsertion(existing))
    writer.exec('BEGIN IMMEDIATE')
    const records = Array.from({ length: 50 }, () => aSessionRecord())
    let count = 0
    const inserted = Promise.all(
      records.map(async (record) => {
        await store.insert(plainInsertion(record))
        count += 1
      }),
    )
    const changed = Promise.all(otherWrites(store))

    for (let read = 0; read < 20; read += 1) {
      expect(await store.find(existing.id)).toEqual(existing)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(count).toBe(0)
    writer.exec('COMMIT')

    await Promise.all([inserted, changed])
    expect(count).toBe(50)
    expect(await store.find(existing.id)).toEqual(existing)
  })

  it('rejects writes with store-unavailable after seconds, and works again afterwards', async () => {
    using opened = openTwo(open)
    const { store, writer } = opened
    writer.exec('BEGIN IMMEDIATE')
    for (const outcome of await Promise.allSettled(otherWrites(store))) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable })
    }
    writer.exec('ROLLBACK')
    await Promise.all(otherWrites(store))
  })
})

/** Writes that change nothing, because there is no such session. */
function otherWrites(store: SessionStore): readonly Promise<unknown>[] {
  const { id, userId, ...record } = aSessionRecord()
  return [
    store.replaceSecret(id, aRotation({ id, userId, ...record })),
    store.updateData(id, () => '{}'),
    store.touch([{ id, at: anInstant }], 0),
    store.end(id, anEnding()),
    store.endByUser(userId, anEnding(), null),
    store.endExpired({ at: anInstant, idleGrace: 0, limit: 1, cursor: null }),
    store.purge(anInstant, 1),
  ]
}

/**
 * A store, and the connection of another process. Both use the same copy of SQLite: two copies in one
 * process do not see each other's locks.
 */
function openTwo(open: () => SqliteDatabase & { close(): unknown }) {
  const writer = open()
  writer.exec('PRAGMA journal_mode = WAL')
  migrateSqliteSessions(writer)
  const connection = open()
  return {
    writer,
    store: createSqliteSessionStore(connection),
    [Symbol.dispose]() {
      connection.close()
      writer.close()
    },
  }
}
