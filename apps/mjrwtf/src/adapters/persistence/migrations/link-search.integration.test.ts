import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import { expect, it } from 'vitest'
import { openTestDatabase } from '../../../../../../tools/testing/test-database.ts'
import { newSqliteFile } from '../../../../test/persistence.ts'
import { migrateToNewest, openPersistence } from '../open-persistence.ts'
import type { Persistence } from '../persistence.ts'
import type { Migration } from './migration.ts'
import { postgresMigrations } from './postgres-migrations.ts'
import { sqliteMigrations } from './sqlite-migrations.ts'

/** A database of the version before links had positions, with links of two users. */
function oldDatabase(
  migrations: readonly Migration[],
  instant: (second: number) => string,
): string {
  const old = migrations.slice(0, 11)
  const links = Array.from({ length: 120 }, (_, n) => {
    const owner = n % 2 === 0 ? 'ann' : 'bob'
    const removedAt = n === 40 ? instant(1_000) : 'NULL'
    // The last ones are oldest.
    return `('${n}', 'code-${n}', 'https://x.test/${n % 20}/', '${owner}', ${instant(500 - n)}, ${removedAt})`
  })
  return `
    CREATE TABLE app_migrations (version integer PRIMARY KEY, name text NOT NULL);
    ${old.map(({ up }) => up).join('\n')}
    INSERT INTO app_migrations VALUES
      ${old.map(({ version, name }) => `(${version}, '${name}')`).join(', ')};
    INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator) VALUES
      ('ann', 'ann@users.test', 'ann@users.test', '', ${instant(0)}, 0),
      ('bob', 'bob@users.test', 'bob@users.test', '', ${instant(0)}, 0);
    INSERT INTO links (id, short_code, destination, owner_id, created_at, removed_at)
    VALUES ${links.join(', ')};`
}

async function expectLinksInOrder({ links }: Persistence): Promise<void> {
  const filter = { tag: null, state: null, createdFrom: null, createdBefore: null }
  const sort = { by: 'created', isDescending: true } as const
  const request = { ownerId: 'ann', filter, sort, limit: 100, start: null, now: 1_000_000 }
  const codes = (numbers: readonly number[]) => numbers.map((n) => `code-${n}`)
  const own = Array.from({ length: 60 }, (_, n) => 2 * n).filter((n) => n !== 40)
  const page = await links.list({ ...request, offset: 0 })
  expect(page.links.map(({ shortCode }) => shortCode)).toEqual(codes(own))
  const found = await links.search({ ...request, query: '/0/' })
  expect(found.links.map(({ shortCode }) => shortCode)).toEqual(codes([0, 20, 60, 80, 100]))

  const [first] = page.links
  if (first === undefined) throw new Error('There is no link.')
  await links.add({ ...first, id: 'new', shortCode: 'new-code' })
  const [newest] = (await links.list({ ...request, offset: 0 })).links
  expect([newest?.shortCode, newest?.place.position]).toEqual([
    'new-code',
    first.place.position + 1,
  ])
}

it('SQLite: existing links keep their order and can be searched', async () => {
  const file = newSqliteFile()
  mkdirSync(dirname(file))
  const connection = new SqliteConnection(file)
  connection.exec(oldDatabase(sqliteMigrations, (second) => String(second * 1_000)))
  connection.close()
  const location = { kind: 'sqlite', file } as const
  await migrateToNewest(location)
  const persistence = await openPersistence(location)
  await expectLinksInOrder(persistence)
  await persistence.close()
  rmSync(dirname(dirname(file)), { recursive: true })
})

it('PostgreSQL: existing links keep their order and can be searched', async () => {
  await using database = await openTestDatabase()
  await database.pool.query(oldDatabase(postgresMigrations, (second) => `to_timestamp(${second})`))
  const location = { kind: 'postgres', url: database.url } as const
  await migrateToNewest(location)
  const persistence = await openPersistence(location)
  await expectLinksInOrder(persistence)
  await persistence.close()
})
