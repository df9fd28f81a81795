import { expect, it } from 'vitest'
import { openNewPersistence, type TestPersistence } from '../../../../test/persistence.ts'

/** The query plan of SQLite. Both databases have the same indexes. */
async function planOf(opened: TestPersistence, query: string): Promise<string> {
  const steps = await opened.rows(`EXPLAIN QUERY PLAN ${query}`)
  return JSON.stringify(steps)
}

it('finds rows that reference another row by index, for every foreign key', async () => {
  await using opened = await openNewPersistence('sqlite')
  const references = await opened.rows(`
    SELECT tables.name || ' WHERE ' || keys."from" || ' = 1' AS query
    FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
    WHERE tables.type = 'table' ORDER BY 1`)
  expect(references.length).toBeGreaterThanOrEqual(8)
  for (const { query } of references as readonly { readonly query: string }[]) {
    expect(await planOf(opened, `SELECT 1 FROM ${query}`), query).toContain('SEARCH')
  }
})

it.each([
  'attempts WHERE last_attempt_at < 1 AND failures < 100',
  'rate_limits WHERE expire <= 1',
  'security_events WHERE at < 1',
  'email_tokens WHERE expires_at <= 1',
  'email_changes WHERE expires_at <= 1',
  'drafts WHERE created_at <= 1',
  'sent_notifications WHERE sent_at < 1',
  'invites WHERE expires_at <= 1',
  'used_states WHERE expires_at <= 1',
  'provider_sessions WHERE expires_at <= 1',
  'provider_logouts WHERE expires_at <= 1',
  'personal_access_tokens WHERE expires_at < 1',
  'shared_token_uses WHERE last_used_at < 1',
  'authorization_codes WHERE expires_at <= 1',
  'device_authorizations WHERE expires_at <= 1',
])('purges without scanning the remaining rows: %s', async (purged) => {
  await using opened = await openNewPersistence('sqlite')
  const keys = `SELECT rowid FROM ${purged} LIMIT 100`
  expect(await planOf(opened, keys)).toContain('SEARCH')
})

it.each([
  'clicks WHERE link_id IN',
  'click_days WHERE link_id IN',
  'visitor_days WHERE link_id IN',
  'links WHERE id IN',
])('deletes the data of a user without visiting that of others: %s', async (rows) => {
  await using opened = await openNewPersistence('sqlite')
  const links = 'SELECT id FROM links WHERE owner_id = 1 ORDER BY created_at, id LIMIT 100'
  const plan = await planOf(opened, `SELECT 1 FROM ${rows} (${links}) LIMIT 100`)
  expect(plan).not.toMatch(/SCAN |TEMP B-TREE/)
})

it.each([
  'links WHERE owner_id = 1 AND (created_at, id) > (1, 1) ORDER BY created_at, id LIMIT 500',
  'security_events WHERE user_id = 1 AND (at, id) > (1, 1) ORDER BY at, id LIMIT 500',
])('reads an export page without sorting the rest: %s', async (page) => {
  await using opened = await openNewPersistence('sqlite')
  const plan = await planOf(opened, `SELECT * FROM ${page}`)
  expect(plan).toContain('SEARCH')
  expect(plan).not.toContain('TEMP B-TREE')
})

it('does not merge the search index because links were deleted, which takes long', async () => {
  await using opened = await openNewPersistence('sqlite')
  expect(await opened.rows(`SELECT v FROM link_search_config WHERE k = 'deletemerge'`)).toEqual([
    { v: 0 },
  ])
})

const kindPage = (kind: string) => `SELECT id FROM (SELECT id, at FROM security_events
  WHERE user_id = 1 AND kind = '${kind}' AND (at, id) < (1, 1) ORDER BY at DESC, id DESC LIMIT 21)`

it.each([
  'SELECT position FROM links WHERE owner_id = 1 AND removed_at IS NULL ORDER BY position DESC',
  `SELECT position FROM links WHERE owner_id = 1 AND removed_at IS NULL AND position > 1
    ORDER BY position`,
  'SELECT id FROM users ORDER BY created_at DESC, id DESC',
  'SELECT id FROM users WHERE (created_at, id) > (1, 1) ORDER BY created_at, id',
  'SELECT id FROM security_events WHERE user_id = 1 ORDER BY at DESC, id DESC',
  `${kindPage('new-device')} UNION ALL ${kindPage('session-created')}`,
])('reads a page of a list in the order of a covering index: %s', async (page) => {
  await using opened = await openNewPersistence('sqlite')
  const plan = await planOf(opened, `${page} LIMIT 21`)
  expect(plan).toContain('COVERING INDEX')
  expect(plan).not.toContain('TEMP B-TREE')
})

it.each([
  "identities WHERE issuer = 'a' AND subject = 'b'",
  'identities WHERE user_id = 1 ORDER BY created_at, id',
  "provider_sessions WHERE issuer = 'a' AND subject = 'b' AND user_id = 1",
  "provider_sessions WHERE issuer = 'a' AND sid = 'b'",
  "provider_logouts WHERE issuer = 'a' AND ((sid IS NULL AND subject = 'b') OR sid = 'c')",
  "personal_access_tokens WHERE token_hash = 'a'",
  'personal_access_tokens WHERE user_id = 1',
  `personal_access_tokens WHERE expires_at > 1 AND expires_at <= 2 AND reminded_at IS NULL
    ORDER BY expires_at`,
  "device_authorizations WHERE user_code_hash IN ('a', 'b')",
  "device_authorizations WHERE device_code_hash = 'a'",
])('finds rows for sign-in, tokens and client applications by index: %s', async (rows) => {
  await using opened = await openNewPersistence('sqlite')
  const plan = await planOf(opened, `SELECT * FROM ${rows}`)
  expect(plan).toContain('SEARCH')
  expect(plan).not.toMatch(/SCAN |TEMP B-TREE/)
})
