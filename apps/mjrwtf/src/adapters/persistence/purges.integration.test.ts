import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { testChain } from '../../../test/support/test-chain.ts'
import type { Persistence } from './persistence.ts'

const maxBatch = { sqlite: 50, postgres: 1_000 } as const

interface Purge {
  readonly table: string
  /** Columns and expressions of a row; `n` is its number, `at` an instant of 1970. */
  readonly row: Readonly<Record<string, string>>
  purgeBatch(persistence: Persistence): Promise<boolean>
}

const now = Date.UTC(2030, 0, 15)
const expiry = { created_at: 'at', expires_at: 'at', credentials_version: '0' }

/** Every table from which rows are purged. */
const purges: readonly Purge[] = [
  {
    table: 'attempts',
    row: { key: 'n', failures: '1', last_attempt_at: 'at', blocked_until: 'at' },
    purgeBatch: ({ attempts }) => attempts.purgeBatch(now, 100),
  },
  {
    table: 'rate_limits',
    row: { key: 'n', points: '1', expire: '1000' },
    purgeBatch: ({ rateLimiter }) => rateLimiter.purgeBatch(),
  },
  {
    table: 'security_events',
    row: { id: 'n', user_id: `'u' || n`, at: 'at', kind: `'kind'`, outcome: `'success'` },
    purgeBatch: ({ securityEvents }) => securityEvents.purgeBatch(now, testChain(now)),
  },
  {
    table: 'email_tokens',
    row: { token_hash: 'n', purpose: `'reset-password'`, user_id: `'u' || n`, ...expiry },
    purgeBatch: ({ emailTokens }) => emailTokens.purgeBatch(now),
  },
  {
    table: 'email_changes',
    row: {
      ...{ user_id: `'u' || n`, new_email: 'n', new_email_key: 'n' },
      ...{ confirm_hash: 'n', cancel_hash: 'n', ...expiry },
    },
    purgeBatch: ({ emailChanges }) => emailChanges.purgeBatch(now),
  },
  {
    table: 'drafts',
    row: { id: 'n', user_id: `'u' || n`, path: 'n', fields: 'n', created_at: 'at' },
    purgeBatch: ({ drafts }) => drafts.purgeBatch(now),
  },
  {
    table: 'sent_notifications',
    row: { user_id: `'u' || n`, subject: 'n', sent_at: 'at', sent_by: 'n' },
    purgeBatch: ({ notifications }) => notifications.purgeBatch(now),
  },
  {
    table: 'invites',
    row: { id: 'n', code_hash: 'n', created_by: `'u1'`, created_at: 'at', expires_at: 'at' },
    purgeBatch: ({ invites }) => invites.purgeBatch(now),
  },
  {
    table: 'trusted_browsers',
    row: {
      ...{ id: 'n', user_id: `'u' || n`, token_hash: 'n' },
      ...{ created_at: 'at', last_used_at: 'at', expires_at: 'at' },
    },
    purgeBatch: ({ trustedBrowsers }) => trustedBrowsers.purgeBatch(now),
  },
  {
    table: 'device_authorizations',
    row: {
      ...{ id: 'n', device_code_hash: 'n', user_code_hash: 'n', client_id: `'c1'`, scopes: `''` },
      ...{ created_at: 'at', expires_at: 'at', interval_ms: '1', polled_early: '0' },
      status: `'pending'`,
    },
    purgeBatch: ({ deviceAuthorizations }) => deviceAuthorizations.purgeBatch(now),
  },
  {
    table: 'used_challenges',
    row: { challenge_hash: 'n', expires_at: 'at' },
    purgeBatch: ({ passkeys }) => passkeys.purgeBatch(now),
  },
]

/** Opens a database with rows of 2,150 users, all of which are due. */
async function openWithRows(kind: DatabaseKind, { table, row }: Purge) {
  const opened = await openTestPersistence(kind)
  const [numberAsText, at] =
    kind === 'sqlite' ? ['CAST(n AS TEXT)', '1000'] : ['n::text', 'to_timestamp(1)']
  const insert = async (into: string, columns: Purge['row']) => {
    const values = Object.values(columns).map((value) =>
      value.replace(/\bn\b/, numberAsText).replace(/^at$/, at),
    )
    await opened.rows(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2150)
      INSERT INTO ${into} (${Object.keys(columns).join(', ')}) SELECT ${values.join(', ')} FROM numbers`)
  }
  await insert('users', {
    ...{ id: `'u' || n`, email: 'n', email_key: 'n', password_hash: 'n' },
    ...{ created_at: 'at', is_operator: '0' },
  })
  await opened.rows(`INSERT INTO client_applications (id, name, kind, redirect_uris, scopes,
    allows_device_flow, created_by, created_at) VALUES ('c1', '', '', '', '', 1, '', ${at})`)
  await insert(table, row)
  return { ...opened, count: async () => (await opened.rows(`SELECT 1 FROM ${table}`)).length }
}

describe.each(databaseKinds)('purges on %s', (kind) => {
  it.each(purges)('delete rows of $table in batches', async (purge) => {
    await using opened = await openWithRows(kind, purge)
    const sizes: number[] = []
    let mayHaveMore = true
    while (mayHaveMore) {
      const before = await opened.count()
      mayHaveMore = await purge.purgeBatch(opened.persistence)
      sizes.push(before - (await opened.count()))
    }
    expect(Math.max(...sizes)).toBe(maxBatch[kind])
    expect(await opened.count()).toBe(0)
  })

  it('keep an invite until it expires', async () => {
    await using opened = await openTestPersistence(kind)
    const { users, invites } = opened.persistence
    const unchanged = {
      hasPassword: true,
      passwordVersion: 0,
      passwordResets: 0,
      secondFactors: 0,
      passwordChangedBySession: null,
      passwordChangedAt: null,
    }
    const user = { id: 'ann', email: 'ann@users.test', createdAt: now, isOperator: false }
    await users.add({ user: { ...user, ...unchanged }, passwordHash: 'hash' })
    const times = { createdAt: now, expiresAt: now + 2 }
    await invites.add({ id: 'i', hash: 'code', createdBy: 'ann', ...times })
    await invites.purgeBatch(now + 1)
    expect(await invites.isUsable('code', now + 1)).toBe(true)
    await invites.purgeBatch(now + 2)
    expect(await opened.rows('SELECT 1 FROM invites')).toEqual([])
  })
})
