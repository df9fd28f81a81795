import SqliteConnection from 'better-sqlite3'
import pg from 'pg'
import { expect, it } from 'vitest'
import { databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { fillSampleRows, readAllRows, withSource } from '../../../test/support/sample-rows.ts'
import type { DatabaseLocation } from '../persistence/persistence.ts'
import { copyRows } from './copy-rows.ts'
import { withRowSource } from './open-source.ts'
import { replacePostgresRows } from './postgres-sink.ts'
import { replaceSqliteRows } from './sqlite-sink.ts'

/** Copies all rows between databases that have the newest schema. */
async function copyDatabase(from: DatabaseLocation, to: DatabaseLocation) {
  return withSource(from, async (source) => {
    if (to.kind === 'sqlite') {
      const connection = new SqliteConnection(to.file)
      await replaceSqliteRows(connection, source.description, async (sink) => {
        await copyRows(source, sink)
      })
      connection.close()
      return { replacedCharacters: 0 }
    }
    const client = new pg.Client({ connectionString: to.url })
    await client.connect()
    try {
      return await replacePostgresRows(client, source.description, async (sink) => {
        await copyRows(source, sink)
      })
    } finally {
      await client.end()
    }
  })
}

it('copies every column of every table to the other database and back', async () => {
  await using first = await openTestPersistence('sqlite')
  await using postgres = await openTestPersistence('postgres')
  await using last = await openTestPersistence('sqlite')
  if (first.location.kind !== 'sqlite') throw new Error('expected SQLite')
  await fillSampleRows(first.location.file)
  const rows = await readAllRows(first.location)
  expect(Object.keys(rows)).toContain('clicks')
  expect(Object.keys(rows)).toContain('session_grants')

  await copyDatabase(first.location, postgres.location)
  expect(await readAllRows(postgres.location)).toEqual(rows)
  await copyDatabase(postgres.location, last.location)
  expect(await readAllRows(last.location)).toEqual(rows)
  // Replaces, and adds nothing to what triggers count.
  await copyDatabase(postgres.location, last.location)
  expect(await readAllRows(last.location)).toEqual(rows)
})

it.each(databaseKinds)('reads one snapshot of %s while others write', async (kind) => {
  await using opened = await openTestPersistence(kind)
  const addUser = (id: string) =>
    opened.rows(`INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator)
      VALUES ('${id}', '${id}', '${id}', '', ${kind === 'sqlite' ? 1 : 'now()'}, 0)`)
  await addUser('before')
  await withRowSource(opened.location, async (source) => {
    await addUser('later')
    const users = source.description.tables.find(({ name }) => name === 'users')
    if (users === undefined) throw new Error('no users')
    const lines: string[] = []
    for await (const batch of source.rows(users)) {
      lines.push(...batch)
      await addUser(`later still ${lines.length}`)
    }
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('before')
  })
  expect(await opened.rows('SELECT id FROM users')).toHaveLength(3)
})
