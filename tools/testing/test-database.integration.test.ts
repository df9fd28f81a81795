import pg from 'pg'
import { expect, it } from 'vitest'
import { openTestDatabase } from './test-database.ts'

async function ask(url: string, query: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(query)).rows
  } finally {
    await client.end()
  }
}

it('gives each test an empty database that sorts text as people do', async () => {
  await using one = await openTestDatabase()
  await using other = await openTestDatabase()

  await ask(one.url, 'CREATE TABLE mine (n integer)')

  expect(await ask(other.url, `SELECT to_regclass('mine') AS found`)).toEqual([{ found: null }])
  expect(await ask(one.url, `SELECT 'a' < 'B' AS sorted`)).toEqual([{ sorted: true }])
})

it('leaves nothing behind', async () => {
  const opened = await openTestDatabase()
  await opened.drop()

  await expect(ask(opened.url, 'SELECT 1')).rejects.toThrow('does not exist')
})
