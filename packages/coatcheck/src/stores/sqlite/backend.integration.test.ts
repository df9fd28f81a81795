import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import SqliteConnection from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { aSessionRecord } from '../../testing/builders.ts'
import { sqlite } from './backend.ts'
import type { ClosableSqliteDatabase } from './database.ts'

const everything = { migrate: true, channel: true }

/** A new folder, which is removed with what is in it. */
function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  return {
    file: join(folder, 'app.db'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

function insertion() {
  return {
    record: aSessionRecord(),
    replaces: null,
    completes: null,
    cap: null,
    credentialsCheckedAt: null,
  }
}

/** Opens a backend whose connections can be inspected. */
function recordConnections(open: () => ClosableSqliteDatabase) {
  const databases: ClosableSqliteDatabase[] = []
  const source = () => {
    const database = open()
    databases.push(database)
    return database
  }
  return { databases, source }
}

describe('sqlite', () => {
  it('does nothing before it is opened', () => {
    using folder = openFolder()
    sqlite(folder.file)
    expect(existsSync(folder.file)).toBe(false)
  })

  it.each<[string, () => unknown, RegExp]>([
    ['returns a promise', async () => new DatabaseSync(':memory:'), /open database, not a promise/],
    ['returns the class', () => DatabaseSync, /is a function: pass an open database/],
    ['returns nothing', () => undefined, /is missing: pass an open database/],
  ])('names what is wrong with a function that %s', async (_name, open, message) => {
    await expect(sqlite(Object(open)).open(everything)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(message),
    })
  })

  it('rejects a function that returns one connection twice', async () => {
    using folder = openFolder()
    const database = new DatabaseSync(folder.file)
    await expect(sqlite(() => database).open(everything)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/must open a new connection at each call/),
    })
  })

  it('rejects names that are none at creation', () => {
    expect(() => sqlite('app.db', { tablePrefix: 'my-app' })).toThrow(/^tablePrefix must be a name/)
    const userReference = Object('users.id')
    expect(() => sqlite('app.db', { userReference })).toThrow(/^userReference must be an object/)
  })

  it('creates a file for this user only, migrates it and stores sessions', async () => {
    using folder = openFolder()
    const opened = await sqlite(folder.file).open(everything)
    const { record, ...rest } = insertion()
    await opened.store.insert({ record, ...rest })
    expect((await opened.store.find(record.id))?.id).toBe(record.id)
    expect(statSync(folder.file).mode & 0o777).toBe(0o600)
    await opened.close()
    await expect(opened.store.find(record.id)).rejects.toMatchObject({ code: 'store-unavailable' })
  })

  it.each<[string, (file: string) => ClosableSqliteDatabase]>([
    ['node:sqlite', (file) => new DatabaseSync(file)],
    ['better-sqlite3', (file) => new SqliteConnection(file)],
  ])('sets up two connections of %s, and closes both', async (_driver, connect) => {
    using folder = openFolder()
    const { databases, source } = recordConnections(() => connect(folder.file))
    const opened = await sqlite(source).open(everything)
    expect(databases).toHaveLength(2)
    for (const database of databases) {
      const read = (name: string) =>
        Object.values(Object(database.prepare(`PRAGMA ${name}`).get({})))
      expect(['journal_mode', 'foreign_keys', 'synchronous', 'busy_timeout'].flatMap(read)).toEqual(
        ['wal', 1, 2, 0],
      )
    }
    await opened.close()
    for (const database of databases) expect(() => database.exec('SELECT 1')).toThrow(/open/)
  })

  it('opens one connection without a channel, and none for a database in memory', async () => {
    using folder = openFolder()
    const file = recordConnections(() => new DatabaseSync(folder.file))
    const withoutChannel = await sqlite(file.source).open({ migrate: true, channel: false })
    expect([file.databases.length, withoutChannel.channel]).toEqual([1, null])
    await withoutChannel.close()
    const memory = await sqlite(':memory:').open(everything)
    expect(memory.channel).toBeNull()
    await memory.close()
  })

  it('leaves no connection open if it fails', async () => {
    using folder = openFolder()
    const { databases, source } = recordConnections(() => new DatabaseSync(folder.file))
    const opening = sqlite(source).open({ migrate: false, channel: true })
    await expect(opening).rejects.toMatchObject({ code: 'not-migrated' })
    for (const database of databases) expect(() => database.exec('SELECT 1')).toThrow(/open/)
  })

  it('names a file that it cannot open', async () => {
    const opening = sqlite('/nowhere/app.db').open(everything)
    await expect(opening).rejects.toMatchObject({
      code: 'missing-privilege',
      message: expect.stringMatching(/^The SQLite file \/nowhere\/app\.db cannot be opened: /),
    })
  })

  it('rejects what is neither a file name nor a function', () => {
    for (const source of [new DatabaseSync(':memory:'), undefined, '', Promise.resolve('app.db')]) {
      expect(() => sqlite(Object(source ?? null))).toThrow(
        /^sqlite needs a file name or a function/,
      )
    }
  })

  it('is opened by six threads at once on new files, and none fails', async () => {
    using folder = openFolder()
    const files = Array.from({ length: 5 }, (_, index) => `${folder.file}${index}`)
    const started = new SharedArrayBuffer(4 * files.length)
    const workers = Array.from({ length: 6 }, () => openInThread(files, started, 6))
    expect(await Promise.all(workers)).toEqual(Array.from({ length: 6 }, () => 'opened'))
  })
})

/** Opens each file in a thread, at the same time as the other threads. */
function openInThread(files: readonly string[], started: SharedArrayBuffer, threads: number) {
  const script = `
    import { parentPort, workerData } from 'node:worker_threads'
    const { sqlite } = await import(workerData.backend)
    const started = new Int32Array(workerData.started)
    for (const [index, file] of workerData.files.entries()) {
      Atomics.add(started, index, 1)
      while (Atomics.load(started, index) < workerData.threads) Atomics.wait(started, index, 0, 1)
      const opened = await sqlite(file).open({ migrate: true, channel: true })
      await opened.close()
    }
    parentPort.postMessage('opened')`
  const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`)
  const backend = new URL('backend.ts', import.meta.url).href
  const worker = new Worker(url, { workerData: { files, started, threads, backend } })
  return new Promise((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
  })
}
