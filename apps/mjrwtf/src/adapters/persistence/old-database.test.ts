import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { openOldDatabase } from './old-database.ts'

const plain = {
  urls: 'id INTEGER PRIMARY KEY, short_code TEXT, original_url TEXT, created_at TEXT',
  clicks:
    'id INTEGER PRIMARY KEY, url_id INTEGER, clicked_at TEXT, referrer TEXT, country TEXT, user_agent TEXT',
}

/** Opens a file with these tables and what the SQL adds. */
function openFile(tables: { readonly urls: string; readonly clicks: string }, sql = '') {
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  const file = join(folder, 'old.db')
  const connection = new SqliteConnection(file)
  connection.exec(`CREATE TABLE urls (${tables.urls}); CREATE TABLE clicks (${tables.clicks});`)
  connection.exec(sql)
  connection.close()
  try {
    const database = openOldDatabase(file)
    return { database, [Symbol.dispose]: () => database.close() }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Takes seconds for each row with more zeros. No row fulfills it. */
const slow = 'length(hex(zeroblob(10))) = 0'

describe('databases of the old service from users', () => {
  it.each([
    ['ids that are no row ids', { ...plain, clicks: plain.clicks.replace('INTEGER', 'BIGINT') }],
    ['a generated column', { ...plain, urls: `${plain.urls}, x AS (${slow}) NOT NULL` }],
    ['no click table', { ...plain, clicks: 'x' }],
  ])('refuses a file with %s', (_, tables) => {
    expect(() => openFile(tables)).toThrow('is not a database of the old service')
  })

  it('computes no CHECK constraints', () => {
    const row = "INSERT INTO urls VALUES (1, 'menu', 'https://dest.test/', '2025-11-24 19:32:07')"
    const checked = { ...plain, urls: `${plain.urls}, CHECK (${slow})` }
    using opened = openFile(checked, `PRAGMA ignore_check_constraints = ON; ${row}`)
    expect(opened.database.links(0, 10)).toHaveLength(1)
  })

  it('ends after the last row, also if ids are larger than exact numbers', () => {
    const ids = ['1', '9007199254740993', '9223372036854775807']
    const rows = ids.map((id) => `(${id}, 'c${id}', 'https://dest.test/', '2025-11-24')`)
    const clicks = ids.map((id) => `(${id}, 1, '2025-11-24')`)
    using opened = openFile(
      plain,
      `INSERT INTO urls VALUES ${rows}; INSERT INTO clicks (id, url_id, clicked_at) VALUES ${clicks}`,
    )
    expect(opened.database.links(0, 10)).toMatchObject([{ id: 1 }])
    expect(opened.database.clicks(1, 0, 10)).toMatchObject([{ id: 1 }])
  })

  it('returns texts whatever the types of the values', () => {
    using opened = openFile(
      plain,
      "INSERT INTO urls VALUES (1, x'6d656e75', NULL, NULL); INSERT INTO clicks VALUES (1, 1, NULL, x'ff', 7, NULL)",
    )
    expect(opened.database.links(0, 10)).toEqual([
      { id: 1, shortCode: 'menu', originalUrl: '', createdAt: '' },
    ])
    expect(opened.database.clicks(1, 0, 10)).toMatchObject([{ clickedAt: '', country: '7' }])
  })

  it('finds the clicks of a link without reading those of others', () => {
    const clicks = Array.from({ length: 20_000 }, (_, n) => `(${n + 1}, ${(n % 5_000) + 1})`)
    using opened = openFile(plain, `INSERT INTO clicks (id, url_id) VALUES ${clicks}`)
    const found = Array.from({ length: 5_000 }, (_, n) => opened.database.clicks(n + 1, 0, 500))
    expect(found.every((each) => each.length === 4)).toBe(true)
  })
})
