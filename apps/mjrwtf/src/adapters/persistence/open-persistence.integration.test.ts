import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import pg from 'pg'
import { describe, expect, inject, it, vi } from 'vitest'
import { openTestDatabase } from '../../../../../tools/testing/test-database.ts'
import { databaseKinds, openNewPersistence } from '../../../test/persistence.ts'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import { sqliteMigrations } from './migrations/sqlite-migrations.ts'
import { migrateToNewest, openPersistence, openSchema } from './open-persistence.ts'
import type { DatabaseLocation } from './persistence.ts'
import { migratePostgres } from './schema/postgres-schema.ts'
import { migrateSqlite, openSqliteSchema } from './schema/sqlite-schema.ts'

const unchanged = {
  hasPassword: true,
  passwordVersion: 0,
  passwordChangedBySession: null,
  passwordChangedAt: null,
  passwordResets: 0,
  secondFactors: 0,
}

function aDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

async function migrateDown(location: DatabaseLocation, to: number): Promise<void> {
  const schema = openSchema(location)
  await schema.migrate(to, { onWaiting: () => {} })
  await schema.close()
}

describe.each(databaseKinds)('openPersistence on %s', (kind) => {
  it('finds all data after reopening', async () => {
    await using opened = await openNewPersistence(kind)
    const user = {
      id: 'ann',
      email: 'ann@example.com',
      createdAt: 1,
      isOperator: true,
      ...unchanged,
    }
    await opened.persistence.users.addOperator({ user, passwordHash: 'hash' })

    const again = await openPersistence(opened.location)
    expect(await again.users.findOperator()).toEqual(user)
    expect(await again.ping(2_000)).toBe(true)
    await again.close()
    expect(await again.ping(2_000)).toBe(false)
  })

  it('migrates once when ten processes start at once', async () => {
    await using opened = await openNewPersistence(kind)
    await migrateDown(opened.location, 0)
    const many = Array.from({ length: 10 }, () => migrateToNewest(opened.location))
    const ran = (await Promise.all(many)).filter(({ steps }) => steps.length > 0)
    expect(ran).toHaveLength(1)
    expect(await opened.rows('SELECT version FROM app_migrations ORDER BY 1')).toEqual(
      sqliteMigrations.map((_, index) => ({ version: index + 1 })),
    )
  })

  it('rejects a database of a newer program', async () => {
    await using opened = await openNewPersistence(kind)
    await opened.rows(`INSERT INTO app_migrations (version, name) VALUES (99, 'later')`)
    await expect(openPersistence(opened.location)).rejects.toMatchObject({
      name: 'PersistenceError',
      code: 'database-too-new',
    })
    await opened.rows('DELETE FROM app_migrations WHERE version = 99')
    await opened.rows(`INSERT INTO session_migrations (version, name) VALUES (99, 'later')`)
    await expect(openPersistence(opened.location)).rejects.toMatchObject({
      code: 'database-too-new',
    })
  })

  it('opens no older database and says what to type next, changing nothing', async () => {
    await using opened = await openNewPersistence(kind)
    await migrateDown(opened.location, 19)
    await expect(openPersistence(opened.location)).rejects.toMatchObject({
      code: 'database-outdated',
      message: expect.stringMatching(/ version 19, .* needs \d+\. .*"mjrwtf migrate up"/),
    })
    expect(await opened.rows('SELECT max(version) AS version FROM app_migrations')).toEqual([
      { version: 19 },
    ])
    await migrateDown(opened.location, 0)
    await expect(openPersistence(opened.location)).rejects.toMatchObject({ code: 'database-empty' })
  })

  it('deletes the sessions of a deleted user', async () => {
    await using opened = await openNewPersistence(kind)
    const rows = await opened.rows(
      kind === 'sqlite'
        ? `SELECT "table" AS found FROM pragma_foreign_key_list('sessions')`
        : `SELECT confrelid::regclass::text AS found FROM pg_constraint
           WHERE conrelid = 'sessions'::regclass AND contype = 'f'`,
    )
    expect(rows).toEqual([{ found: 'users' }])
  })

  it('reveals no values when a statement fails', async () => {
    await using opened = await openNewPersistence(kind)
    await opened.rows('DROP TABLE setup_codes')
    const error: unknown = await opened.persistence.setUpCodes.add('s3cret', 1, 1).catch((e) => e)
    expect(error).toBeInstanceOf(RepositoryError)
    expect(String(error) + JSON.stringify(error)).not.toContain('s3cret')
  })
})

describe('SQLite file', () => {
  it('is readable by its owner only, including -wal and -shm', async () => {
    using directory = aDirectory()
    const file = join(directory.path, 'data', 'mjrwtf.db')
    await migrateToNewest({ kind: 'sqlite', file })
    const persistence = await openPersistence({ kind: 'sqlite', file })
    const mode = (path: string) => statSync(path).mode & 0o777
    if (process.platform !== 'win32') {
      expect(mode(join(directory.path, 'data'))).toBe(0o700)
      expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600])
    }
    await persistence.close()
  })

  it('loses other read permissions when opened', async () => {
    using directory = aDirectory()
    const file = join(directory.path, 'mjrwtf.db')
    writeFileSync(file, '', { mode: 0o644 })
    chmodSync(file, 0o644)
    await migrateToNewest({ kind: 'sqlite', file })
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('SQLite migrates all the way down and up again', () => {
    using directory = aDirectory()
    const connection = new SqliteConnection(join(directory.path, 'x.db'))
    const tables = () =>
      connection
        .prepare(`SELECT name FROM sqlite_schema
          WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`)
        .pluck()
        .all()
    migrateSqlite(connection)
    const allTables = tables()
    expect(allTables).toContain('links')
    migrateSqlite(connection, 0)
    expect(tables()).toEqual(['app_migrations', 'session_migrations'])
    migrateSqlite(connection)
    expect(tables()).toEqual(allTables)
    connection.close()
  })

  it('reports an unwritable location in one line', async () => {
    using directory = aDirectory()
    const blockingFile = join(directory.path, 'file')
    writeFileSync(blockingFile, '')
    mkdirSync(join(directory.path, 'folder'))
    for (const file of [join(blockingFile, 'x.db'), join(directory.path, 'folder')]) {
      const error: unknown = await migrateToNewest({ kind: 'sqlite', file }).catch((e) => e)
      expect(error).toMatchObject({ code: 'directory-not-writable' })
      expect(String(error)).not.toContain('\n')
    }
  })

  it('waits and says so while another process migrates, and gives up in one line', async () => {
    using directory = aDirectory()
    const file = join(directory.path, 'mjrwtf.db')
    const other = new SqliteConnection(file)
    other.exec('BEGIN IMMEDIATE')
    const message = `Another process has locked the file ${file}. Start again when it has finished its migration, or stop it.`
    await expect(
      openSqliteSchema(file, 0).migrate(1, { onWaiting: () => {} }),
    ).rejects.toMatchObject({ name: 'PersistenceError', code: 'database-locked', message })

    const onWaiting = vi.fn(() => void other.close())
    const { steps } = await migrateToNewest({ kind: 'sqlite', file }, { onWaiting })
    expect(onWaiting).toHaveBeenCalledOnce()
    expect(steps).not.toEqual([])
  })

  it('is not created by a command, which names the missing file', async () => {
    using directory = aDirectory()
    const file = join(directory.path, 'mjrwtf.db')
    await expect(openPersistence({ kind: 'sqlite', file })).rejects.toMatchObject({
      code: 'database-missing',
      message: expect.stringContaining(file),
    })
    expect(await openSchema({ kind: 'sqlite', file }).status()).toMatchObject({ state: 'empty' })
    expect(existsSync(file)).toBe(false)
  })

  it('must be a database', async () => {
    using directory = aDirectory()
    const file = join(directory.path, 'x.db')
    writeFileSync(file, 'Not a database, but long enough to be taken for one. '.repeat(20))
    await expect(openPersistence({ kind: 'sqlite', file })).rejects.toMatchObject({
      code: 'not-a-database',
    })
  })
})

describe('PostgreSQL', () => {
  it('PostgreSQL migrates all the way down and up again', async () => {
    await using database = await openTestDatabase()
    const pool = new pg.Pool({ connectionString: database.url })
    const tables = async () => {
      const text = `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`
      return (await pool.query(text)).rows.map((row) => row.tablename)
    }
    await migratePostgres(pool)
    const allTables = await tables()
    expect(allTables).toContain('links')
    await migratePostgres(pool, 0)
    expect(await tables()).toEqual(['app_migrations', 'session_migrations'])
    await migratePostgres(pool)
    expect(await tables()).toEqual(allTables)
    await pool.end()
  })

  it('waits and says so while another process migrates', async () => {
    await using database = await openTestDatabase()
    const other = await database.pool.connect()
    await other.query('BEGIN')
    await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('mjrwtf:migrate', 0))`)
    const onWaiting = vi.fn(() => void other.query('COMMIT'))
    const location = { kind: 'postgres', url: database.url } as const
    const { steps } = await migrateToNewest(location, { onWaiting })
    other.release()
    expect(onWaiting).toHaveBeenCalledOnce()
    expect(steps).not.toEqual([])
  })

  it('changes nothing while a table is in use, and says that it may be a backup', async () => {
    await using opened = await openNewPersistence('postgres')
    await migrateDown(opened.location, 19)
    const backup = new pg.Client({
      connectionString: opened.location.kind === 'postgres' ? opened.location.url : '',
    })
    await backup.connect()
    await backup.query('BEGIN; LOCK TABLE users IN ACCESS SHARE MODE')
    await expect(migrateToNewest(opened.location)).rejects.toMatchObject({
      code: 'database-locked',
      message: expect.stringMatching(/in use, by a backup.* Nothing was changed/),
    })
    await backup.end()
    expect((await migrateToNewest(opened.location)).steps).not.toEqual([])
  })

  it('reports an unreachable server in one line without the password', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    await new Promise((resolve) => server.close(resolve))

    const url = `postgres://ann:hunter2@127.0.0.1:${port}/mjr`
    const error: unknown = await openPersistence({ kind: 'postgres', url }).catch((e) => e)
    expect(error).toMatchObject({ code: 'database-unreachable' })
    expect(String(error)).toContain(`127.0.0.1:${port}/mjr`)
    expect(String(error)).not.toMatch(/hunter2|\n/)
  })

  it('reports a rejected user', async () => {
    const url = new URL(inject('postgresUrl'))
    url.pathname = '/no-such-database'
    await expect(openPersistence({ kind: 'postgres', url: url.href })).rejects.toMatchObject({
      code: 'database-unreachable',
    })
  })

  it('losing all connections fails requests in flight, not the process', async () => {
    await using opened = await openNewPersistence('postgres')
    const { users, ping } = opened.persistence
    await Promise.all(Array.from({ length: 5 }, () => users.hasOperator()))
    await opened.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`)
    await expect.poll(() => ping(2_000)).toBe(true)
    expect(await users.hasOperator()).toBe(false)
  })
})
