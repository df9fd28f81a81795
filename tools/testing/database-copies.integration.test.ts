import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { copyTestDatabase, dropCopies, prepareOriginal } from './database-copies.ts'
import { administer, openTestDatabase, type TestDatabase } from './test-database.ts'

let original: TestDatabase

beforeAll(async () => {
  original = await openTestDatabase()
  await run(original, (client) =>
    client.query(`
      CREATE TABLE parents (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
      CREATE TABLE children (parent integer NOT NULL REFERENCES parents);
      INSERT INTO parents (name) VALUES ('first')`),
  )
  await prepareOriginal(original.url)
})

afterAll(async () => {
  await dropCopies(inject('postgresUrl'), original.name)
  await original.drop()
})

function run<Result>({ url }: TestDatabase, work: (client: pg.Client) => Promise<Result>) {
  return administer(url, work)
}

/** Changes a copy, returns it, and takes the next one. */
async function copyAfter(change: string): Promise<TestDatabase> {
  const copy = await copyTestDatabase(original.name)
  await run(copy, (client) => client.query(change))
  await copy.drop()
  return copyTestDatabase(original.name)
}

async function rowsOf(copy: TestDatabase): Promise<unknown> {
  const parents = await run(copy, (client) =>
    client.query('SELECT id, name, (SELECT count(*)::int FROM children) AS children FROM parents'),
  )
  return parents.rows
}

it('restores the rows of the original, whatever a test has changed', async () => {
  await using copy = await copyAfter(`
    INSERT INTO parents (name) VALUES ('second'); INSERT INTO children VALUES (1), (2);
    UPDATE parents SET name = 'renamed'`)
  expect(await rowsOf(copy)).toEqual([{ id: 1, name: 'first', children: 0 }])
})

it('restores the sequences of the original', async () => {
  await using copy = await copyAfter(`INSERT INTO parents (name) VALUES ('second')`)
  const added = await run(copy, (client) =>
    client.query(`INSERT INTO parents (name) VALUES ('another') RETURNING id`),
  )
  expect(added.rows).toEqual([{ id: 2 }])
})

it.each([
  'DROP TABLE children',
  'ALTER TABLE parents DROP COLUMN name',
  'CREATE INDEX ON parents (name)',
  'ALTER TABLE children DISABLE TRIGGER ALL',
  'TRUNCATE parents CASCADE',
])('creates a new copy after %s', async (change) => {
  await using copy = await copyAfter(change)
  expect(await rowsOf(copy)).toEqual([{ id: 1, name: 'first', children: 0 }])
})

it('creates a new copy while the last one is in use', async () => {
  await using one = await copyTestDatabase(original.name)
  await using other = await copyTestDatabase(original.name)
  expect(one.name).not.toBe(other.name)
})
