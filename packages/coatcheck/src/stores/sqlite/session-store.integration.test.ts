import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { anInstant, aSessionRecord, toSessionId } from '../../testing/builders.ts'
import { anEnding, aRotation, plainInsertion } from '../../testing/fixtures.ts'
import { migrateSqliteSessions } from './migrate.ts'
import { createSqliteSessionStore } from './session-store.ts'

const unavailable = { name: 'SessionError', code: 'store-unavailable' }

const drivers = [
  { driver: 'node:sqlite', open: (file: string) => new DatabaseSync(file) },
  { driver: 'better-sqlite3', open: (file: string) => new Database(file, { timeout: 0 }) },
]

describe.each(drivers)('createSqliteSessionStore with $driver', ({ open }) => {
  function openStore(file = ':memory:') {
    const database = open(file)
    migrateSqliteSessions(database)
    return { database, store: createSqliteSessionStore(database) }
  }

  function openFile() {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
    const file = join(folder, 'sessions.db')
    return { file, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
  }

  it('rejects a database without the session tables when it is created', () => {
    expect(() => createSqliteSessionStore(open(':memory:'))).toThrow(
      expect.objectContaining({ code: 'not-migrated' }),
    )
  })

  it('rejects what is no open transaction', () => {
    const { database, store } = openStore()
    for (const transaction of [undefined, null, 7, {}, database]) {
      expect(() => store.within?.(transaction as object)).toThrow(
        expect.objectContaining({
          code: 'invalid-argument',
          message: expect.stringContaining('pass a connection of node:sqlite or better-sqlite3'),
        }),
      )
    }
  })

  it('ignores and replaces an end of all sessions that was stored by a clock that was ahead', async () => {
    const { database, store } = openStore()
    const future = Date.now() + 120_000
    database.exec(`INSERT INTO session_user_endings (user_id, ended_at) VALUES ('ada', ${future})`)
    const signIn = (credentialsCheckedAt: number) =>
      store.insert(plainInsertion(aSessionRecord({ userId: 'ada' }), { credentialsCheckedAt }))
    expect((await signIn(anInstant)).status).toBe('inserted')

    await store.endByUser('ada', anEnding({ at: anInstant }), null)
    expect((await signIn(anInstant)).status).toBe('refused')
    expect((await signIn(Date.now() + 60_000)).status).toBe('inserted')
  })

  it('returns secrets as plain Uint8Arrays with either driver', async () => {
    const { store } = openStore()
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))

    const found = await store.find(record.id)
    expect(found?.secretHash.constructor).toBe(Uint8Array)
  })

  it.each([
    `end_reason = 'a reason of a newer version'`,
    `secret_hash = x'00'`,
    `csrf_secret = x''`,
    'remembered = 2',
    `methods = 'pwd'`,
    `methods = 'pwd:1,otp:2'`,
    `methods = 'pwd:1 pwd:2'`,
  ])('rejects with corrupt-record, and lists the other sessions, if %s', async (damage) => {
    const { database, store } = openStore()
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    database.exec(`UPDATE sessions SET ${damage}`)
    const valid = aSessionRecord({ userId: record.userId })
    await store.insert(plainInsertion(valid))

    await expect(store.find(record.id)).rejects.toMatchObject({ code: 'corrupt-record' })
    expect(await store.listByUser(record.userId, anInstant)).toEqual([valid])
    expect(await store.endByUser(record.userId, anEnding(), null)).toHaveLength(2)
  })

  it('sweeps in small batches, because each one blocks the event loop', () => {
    const { database, store } = openStore()
    expect(store.sweepBatch).toBe(100)
    database.close()
  })

  it('sweeps a page of a large table as fast as of a small one', async () => {
    const small = await timeOfPage(2_000)
    const large = await timeOfPage(100_000)
    expect(large).toBeLessThan(small * 8 + 1)
  })

  /** Returns the shortest of five times that `endExpired` takes for the first 1,000 sessions, in ms. */
  async function timeOfPage(sessions: number): Promise<number> {
    const { database, store } = openStore()
    database.exec(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${sessions})
      INSERT INTO sessions
      SELECT printf('%022d', n), x'00', NULL, NULL, NULL, 'user-' || n, 0, ${anInstant * 2},
        ${anInstant}, 1000, 0, 0, NULL, NULL, x'00', '{}', 0, NULL, NULL, NULL, NULL, '' FROM numbers`)
    const times: number[] = []
    for (let run = 0; run < 5; run += 1) {
      const before = performance.now()
      await store.endExpired({ at: anInstant, idleGrace: 0, limit: 1_000, cursor: null })
      times.push(performance.now() - before)
    }
    return Math.min(...times)
  }

  it('rejects every operation with store-unavailable when the database is closed', async () => {
    const { database, store } = openStore()
    const record = aSessionRecord()
    database.close()

    const operations = [
      () => store.insert(plainInsertion(record)),
      () => store.find(record.id),
      () => store.listByUser(record.userId, anInstant),
      () => store.replaceSecret(record.id, aRotation(record)),
      () => store.updateData(record.id, () => '{}'),
      () => store.touch([{ id: record.id, at: anInstant }], 0),
      async () => store.hasEndedWithoutSuccessor?.(record.id),
      () => store.end(record.id, anEnding()),
      () => store.endByUser(record.userId, anEnding(), null),
      () => store.endExpired({ at: anInstant, idleGrace: 0, limit: 1, cursor: null }),
      () => store.purge(anInstant, 1),
    ]
    for (const operation of operations) await expect(operation()).rejects.toMatchObject(unavailable)
  })

  it('rejects with store-unavailable while another process holds the write lock', async () => {
    using folder = openFile()
    const { database, store } = openStore(folder.file)
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    const other = open(folder.file)
    other.exec('BEGIN IMMEDIATE')

    await expect(store.end(record.id, anEnding())).rejects.toMatchObject(unavailable)
    await expect(store.insert(plainInsertion(aSessionRecord()))).rejects.toMatchObject(unavailable)

    other.exec('ROLLBACK')
    expect(await store.end(record.id, anEnding())).not.toBeNull()
    other.close()
    database.close()
  })

  it('changes nothing when the disk is full, and works again afterwards', async () => {
    const { database, store } = openStore()
    const replaced = aSessionRecord()
    await store.insert(plainInsertion(replaced))
    database.exec('PRAGMA max_page_count = 1')
    const record = aSessionRecord({ data: 'x'.repeat(1_000_000) })

    await expect(
      store.insert(plainInsertion(record, { replaces: replaced.id })),
    ).rejects.toMatchObject({ code: 'read-only' })

    expect(await store.find(replaced.id)).toEqual(replaced)
    expect(await store.end(replaced.id, anEnding())).not.toBeNull()
  })

  it('keeps the values of the record out of errors', async () => {
    const { database, store } = openStore()
    const record = aSessionRecord({ data: 'the private data' })
    database.close()

    const error = await store.insert(plainInsertion(record)).catch((thrown) => thrown)
    expect(`${error.message} ${error.cause.message}`).not.toContain('the private data')
  })

  it('reads a committed write of another connection immediately', async () => {
    using folder = openFile()
    const one = openStore(folder.file)
    const other = openStore(folder.file)
    const record = aSessionRecord()

    await one.store.insert(plainInsertion(record))
    expect(await other.store.find(record.id)).toEqual(record)
    await other.store.end(record.id, anEnding())
    expect((await one.store.find(record.id))?.endedAt).toBe(anEnding().at)
    expect(await one.store.replaceSecret(record.id, aRotation(record))).toBe(false)

    one.database.close()
    other.database.close()
  })

  it('keeps sessions when the database is opened again', async () => {
    using folder = openFile()
    const record = aSessionRecord()
    const before = openStore(folder.file)
    await before.store.insert(plainInsertion(record))
    before.database.close()

    const after = openStore(folder.file)
    expect(await after.store.find(record.id)).toEqual(record)
    after.database.close()
  })

  it('never moves activity back for a negative precision', async () => {
    const { store } = openStore()
    const record = aSessionRecord()
    await store.insert(plainInsertion(record))
    await store.touch([{ id: record.id, at: anInstant - 5 }], -10)

    expect(await store.find(record.id)).toEqual(record)
  })

  it('distinguishes ids that SQLite could compare as equal', async () => {
    const { store } = openStore()
    const record = aSessionRecord({ id: toSessionId('a\ufffd'), userId: 'u\ufffd' })
    await store.insert(plainInsertion(record))

    for (const id of ['a\ud800', 'a\udfff'].map(toSessionId)) {
      expect(await store.find(id)).toBeNull()
      expect(await store.end(id, anEnding())).toBeNull()
      await store.touch([{ id, at: anInstant + 5 }], 0)
      await store.insert(plainInsertion(aSessionRecord(), { replaces: id }))
    }
    expect(await store.endByUser('u\ud800', anEnding(), null)).toEqual([])
    expect(await store.find(record.id)).toEqual(record)
  })

  it.each([0, -1, 0.5, Number.NaN])('rejects %s as a limit', async (limit) => {
    const { store } = openStore()
    const refused = { code: 'invalid-argument' }

    await expect(store.purge(anInstant, limit)).rejects.toMatchObject(refused)
    await expect(
      store.endExpired({ at: anInstant, idleGrace: 0, limit, cursor: null }),
    ).rejects.toMatchObject(refused)
  })

  it.each([
    [
      `UPDATE sessions SET ended_at = 1 WHERE user_id = 'u' AND ended_at IS NULL`,
      'sessions_by_user',
    ],
    [
      `SELECT id FROM sessions WHERE ended_at IS NULL AND id > '' ORDER BY id`,
      'sessions_not_ended',
    ],
    ['SELECT id FROM sessions WHERE ended_at < 9 ORDER BY ended_at', 'sessions_ended'],
    [`SELECT 1 FROM sessions WHERE replaces = 'a'`, 'sessions_replacing'],
  ])('has an index for %s', (query, index) => {
    const { database } = openStore()

    expect(JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${query}`).all())).toContain(index)
  })
})
