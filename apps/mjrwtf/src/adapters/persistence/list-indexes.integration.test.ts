import { expect, it } from 'vitest'
import { openNewPersistence } from '../../../test/persistence.ts'

const state = `owner_id = 'a' AND tag_key = 'menu' AND state = 'active'`

it.each([
  `SELECT position, created_at FROM link_entries WHERE ${state}
    AND (created_at, position) < (5, 5) AND created_at >= 1 AND created_at < 9
    ORDER BY created_at DESC, position DESC`,
  `SELECT position, clicks, created_at FROM link_entries WHERE ${state}
    AND (clicks, position) > (5, 5) ORDER BY clicks, position`,
  `SELECT position, name, created_at FROM link_entries WHERE ${state}
    AND (name, position) < ('a', 5) ORDER BY name DESC, position DESC`,
  `SELECT position FROM link_entries WHERE owner_id = 'a' AND due_at <= 5 ORDER BY due_at`,
  `SELECT id FROM links WHERE owner_id = 'a' AND last_change = 'b'`,
  `SELECT id FROM links WHERE owner_id = 'a' AND removed_at > 5
    ORDER BY removed_at DESC, position DESC`,
])('reads a page of a list of links in the order of an index: %s', async (page) => {
  await using opened = await openNewPersistence('sqlite')
  const plan = JSON.stringify(await opened.rows(`EXPLAIN QUERY PLAN ${page} LIMIT 21`))
  expect(plan).toContain('SEARCH')
  expect(plan).not.toMatch(/SCAN |TEMP B-TREE/)
})
