import pg from 'pg'
import { expect, it } from 'vitest'
import { openTestDatabase } from './test-database.ts'

async function query(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

it('provides an empty database per test, with a linguistic collation', async () => {
  await using one = await openTestDatabase()
  await using other = await openTestDatabase()

  await query(one.url, 'CREATE TABLE mine (n integer)')

  expect(await query(other.url, `SELECT to_regclass('mine') AS found`)).toEqual([{ found: null }])
  expect(await query(one.url, `SELECT 'a' < 'B' AS sorted`)).toEqual([{ sorted: true }])
})

it('drops the database', async () => {
  const opened = await openTestDatabase()
  await opened.drop()

  await expect(query(opened.url, 'SELECT 1')).rejects.toThrow('does not exist')
})
