import { describe, expect, it } from 'vitest'
import {
  type DatabaseKind,
  databaseKinds,
  openTestPersistence,
  type TestPersistence,
} from '../../../test/persistence.ts'
import { testChain } from '../../../test/support/test-chain.ts'
import { whileLocked } from '../../../test/support/while-locked.ts'
import { unknownSource } from '../../domain/click.ts'
import { linkDefaults } from '../../domain/link.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import { openPersistence } from './open-persistence.ts'
import type { Persistence } from './persistence.ts'

const now = Date.UTC(2030, 0, 15, 12)

/** Rows that one statement may delete. */
const maxBatch = { sqlite: 50, postgres: 1_000 } as const

/** All tables with rows of users. */
const tables = [
  'users',
  'links',
  'clicks',
  'click_days',
  'security_events',
  'sessions',
  'deleted_users',
] as const

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users } = opened.persistence

  async function addUser() {
    const id = nodeSecrets.id()
    const unchanged = {
      hasPassword: true,
      passwordVersion: 0,
      passwordChangedBySession: null,
      passwordChangedAt: null,
      passwordResets: 0,
      secondFactors: 0,
    }
    const user = { id, email: `${id}@example.com`, createdAt: now, isOperator: false, ...unchanged }
    expect(await users.add({ user, passwordHash: 'hash' })).toBe('added')
    return id
  }

  /** Number of rows per table. */
  async function count() {
    const counts = tables.map(async (table) => (await opened.rows(`SELECT 1 FROM ${table}`)).length)
    return await Promise.all(counts)
  }
  return { ...opened, ...opened.persistence, addUser, count, kind }
}

type Opened = Awaited<ReturnType<typeof open>>

const sqlInstant = { sqlite: '1000', postgres: 'to_timestamp(1)' } as const

/** Adds 250 links: one with 2,500 clicks on 400 days, 249 with one click each. Then 1,200 security events. */
async function addData({ kind, rows }: Opened, userId: string): Promise<void> {
  const at = sqlInstant[kind]
  const numbers = (length: number) =>
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${length})`
  await rows(`${numbers(250)} INSERT INTO links (id, short_code, destination, owner_id, created_at)
    SELECT '${userId}-' || n, '${userId.slice(0, 8)}-' || n, 'https://a.test', '${userId}', ${at}
    FROM numbers`)
  await rows(`INSERT INTO clicks (id, link_id, at) SELECT 'click-' || id, id, ${at} FROM links
    WHERE owner_id = '${userId}'`)
  await rows(`${numbers(2_499)} INSERT INTO clicks (id, link_id, at)
    SELECT '${userId}-' || n, '${userId}-7', ${at} FROM numbers`)
  await rows(`${numbers(400)} INSERT INTO click_days (link_id, day, clicks, sums, cells)
    SELECT '${userId}-7', 'day ' || n, 1, '', '' FROM numbers`)
  await rows(`${numbers(1_200)} INSERT INTO security_events (id, user_id, at, kind, outcome)
    SELECT '${userId}-' || n, '${userId}', ${at}, 'sign-in-failed', 'failure' FROM numbers`)
}

async function finish({ accounts }: Pick<Persistence, 'accounts'>): Promise<void> {
  while (await accounts.removeDataBatch(testChain()));
}

/** Foreign keys as the referencing table and column, the referenced table and the action on deletion. */
async function foreignKeys(opened: TestPersistence, kind: DatabaseKind) {
  const query =
    kind === 'sqlite'
      ? `SELECT tables.name AS "table", keys."table" AS target, keys.on_delete AS action
         FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
         WHERE tables.type = 'table'`
      : `SELECT conrelid::regclass::text AS "table", confrelid::regclass::text AS target,
           CASE confdeltype WHEN 'c' THEN 'CASCADE' ELSE confdeltype::text END AS action
         FROM pg_constraint WHERE contype = 'f'`
  const keys = (await opened.rows(query)) as readonly Record<
    'table' | 'target' | 'action',
    string
  >[]
  return (target: string) =>
    keys
      .filter((key) => key.target === target)
      .map((key) => `${key.table} ${key.action}`)
      .toSorted()
}

describe.each(databaseKinds)('removal of accounts on %s', (kind) => {
  it('takes effect at once, while the data still exists', async () => {
    await using opened = await open(kind)
    const { accounts, users, links, clicks, securityEvents, userDirectory } = opened
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    await addData(opened, ann)
    const dataCounts = (await opened.count()).slice(1, 5)

    expect(await accounts.remove(ann)).toBe('removed')

    const code = `${ann.slice(0, 8)}-7`
    expect(await links.resolve(code)).toBeNull()
    expect(await links.findCodes([code.toLowerCase()])).toMatchObject([{ code, link: null }])
    expect([await users.find(ann), await users.findByEmail(`${ann}@example.com`)]).toEqual([
      null,
      null,
    ])
    expect(await userDirectory.ids(null, 9)).toEqual([bob])
    expect(await accounts.hasOthers(bob)).toBe(false)
    expect(await accounts.remove(ann)).toBe('not-found')

    const link = { id: 'late', shortCode: 'late', destination: 'https://a.test', ownerId: ann }
    expect(await links.add({ ...linkDefaults, ...link, createdAt: now })).toBe('owner-deleted')
    expect(await links.findCodes(['late'])).toEqual([])
    const noDetails = { ...unknownSource, count: 1 }
    await clicks.add([{ id: 'late', linkId: `${ann}-7`, at: now, ...noDetails }])
    const event = { id: 'late', userId: ann, at: now, sessionId: null, detail: null }
    const client = { ipAddress: null, userAgent: null }
    await securityEvents.add(
      [{ ...event, ...client, kind: 'sign-in-failed', outcome: 'failure' }],
      testChain(),
    )
    expect(await opened.count()).toEqual([1, ...dataCounts, 0, 1])
  })

  it('does not fail what a request of the user in progress still changes', async () => {
    await using opened = await open(kind)
    const { links, recount } = opened
    const ann = await opened.addUser()
    await addData(opened, ann)
    await opened.accounts.remove(ann)
    const own = { ownerId: ann, shortCode: `${ann.slice(0, 8)}-7` }
    await links.edit(own, { destination: 'https://b.test' })
    await links.remove(own, now)
    await recount.all()
    expect(await opened.rows('SELECT * FROM link_totals')).toEqual([])
    await finish(opened)
    expect(await opened.count()).toEqual([0, 0, 0, 0, 0, 0, 0])
  })

  it('deletes a bounded number of rows at a time, and continues after a crash at any moment', async () => {
    await using opened = await open(kind)
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    for (const user of [ann, bob]) await addData(opened, user)
    await opened.accounts.remove(ann)
    const sizes: number[] = []
    let before = (await opened.count()).slice(1)
    let mayHaveMore = true
    while (mayHaveMore) {
      // Nothing of a process outlives it: each batch has its own.
      const persistence = await openPersistence(opened.location)
      mayHaveMore = await persistence.accounts.removeDataBatch(testChain())
      await persistence.close()
      const after = (await opened.count()).slice(1)
      sizes.push(after.reduce((sum, count, n) => sum + (before[n] ?? 0) - count, 0))
      before = after
    }
    expect(Math.max(...sizes)).toBe(maxBatch[kind])
    // The last batch only finds that there is nothing left.
    expect(sizes.slice(0, -1).every((size) => size > 0)).toBe(true)
    expect(await opened.count()).toEqual([1, 250, 2_749, 400, 1_200, 0, 0])
    expect(await opened.rows('SELECT 1 FROM short_codes')).toHaveLength(500)
  })

  it('of several users in several processes at once leaves no rows', async () => {
    await using opened = await open(kind)
    const other = await openPersistence(opened.location)
    const users = [await opened.addUser(), await opened.addUser(), await opened.addUser()]
    for (const user of users) await addData(opened, user)
    for (const user of users) await opened.accounts.remove(user)
    const remaining = async () => (await opened.rows('SELECT 1 FROM deleted_users')).length
    const noDetails = { ...unknownSource, count: 1 }
    const lateClicks = users.map((user) => ({
      ...{ id: user, linkId: `${user}-250`, at: now, ...noDetails },
    }))
    while ((await remaining()) > 0) {
      await Promise.all([
        ...[opened, opened, other, other].map(finish),
        ...[opened, other].map(({ clicks }) => clicks.add(lateClicks)),
      ])
    }
    await other.close()
    expect(await opened.count()).toEqual([0, 0, 0, 0, 0, 0, 0])
  })

  it('of two at once, one removes the account', async () => {
    await using opened = await open(kind)
    const other = await openPersistence(opened.location)
    const ann = await opened.addUser()
    await addData(opened, ann)
    const results = await Promise.all(
      [opened, other, opened, other].map(({ accounts }) => accounts.remove(ann)),
    )
    expect(results.toSorted()).toEqual(['not-found', 'not-found', 'not-found', 'removed'])
    await other.close()
  })

  it('deletes what can be many of a user before the account, and nothing of others', async () => {
    await using opened = await open(kind)
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    await insertSessions(opened, ann, 250)
    for (const user of [ann, bob]) await insertNotificationsAndInvites(opened, user)
    await failDeletionOfUsers(opened)
    await expect(opened.accounts.remove(ann)).rejects.toThrow()
    const sessions = 'SELECT id, ended_at FROM sessions ORDER BY ended_at'
    expect(await opened.rows(sessions)).toEqual([{ id: 'active', ended_at: null }])
    for (const [table, column] of [
      ['sent_notifications', 'user_id'],
      ['invites', 'created_by'],
    ]) {
      const users = `SELECT ${column} AS id FROM ${table} GROUP BY 1 HAVING count(*) = 250`
      expect(await opened.rows(users), table).toEqual([{ id: bob }])
    }
  })

  it('deletes nothing of an operator while other accounts exist', async () => {
    await using opened = await open(kind)
    const [ann] = [await opened.addUser(), await opened.addUser()]
    await opened.rows(`UPDATE users SET is_operator = 1 WHERE id = '${ann}'`)
    await insertSessions(opened, ann, 2)
    await insertNotificationsAndInvites(opened, ann)
    expect(await opened.accounts.remove(ann)).toBe('others-remain')
    expect(await opened.rows('SELECT 1 FROM sessions')).toHaveLength(3)
    expect(await opened.rows('SELECT 1 FROM sent_notifications')).toHaveLength(250)
    expect(await opened.rows('SELECT 1 FROM invites')).toHaveLength(250)
  })

  it('reaches every table that refers to a user, and none with many rows by cascade', async () => {
    await using opened = await open(kind)
    const referencing = await foreignKeys(opened, kind)
    // The rows of each are limited per user, or `remove` deletes most of them first.
    expect(referencing('users')).toEqual([
      'authenticators CASCADE',
      'authorization_codes CASCADE',
      'device_authorizations CASCADE',
      'drafts CASCADE',
      'email_changes CASCADE',
      'email_tokens CASCADE',
      'factor_removals CASCADE',
      'identities CASCADE',
      'invites CASCADE',
      'link_changes CASCADE',
      // One that is not complete, with its steps.
      'link_imports CASCADE',
      'link_owners CASCADE',
      'link_totals CASCADE',
      'passkeys CASCADE',
      'personal_access_tokens CASCADE',
      'phones CASCADE',
      'provider_sessions CASCADE',
      'recovery_codes CASCADE',
      'sent_notifications CASCADE',
      'session_grants CASCADE',
      'session_pending_sign_ins CASCADE',
      'session_user_endings CASCADE',
      'sessions CASCADE',
      'sms_codes CASCADE',
      'trusted_browsers CASCADE',
    ])
    // Of pending_recounts at most one for each link.
    expect(referencing('links')).toEqual([
      'click_days CASCADE',
      'clicks CASCADE',
      'link_edits CASCADE',
      'link_reports CASCADE',
      'pending_recounts CASCADE',
      'visitor_days CASCADE',
    ])
    const columns =
      kind === 'sqlite'
        ? `SELECT tables.name || '.' || columns.name AS name
           FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
           WHERE tables.type = 'table' AND`
        : `SELECT columns.table_name || '.' || columns.column_name AS name
           FROM information_schema.columns JOIN information_schema.tables
             USING (table_schema, table_name)
           WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND`
    const name = kind === 'sqlite' ? 'columns.name' : 'columns.column_name'
    expect(
      await opened.rows(`${columns} ${name} IN ('user_id', 'owner_id', 'created_by') ORDER BY 1`),
    ).toEqual(
      [
        'authenticators.user_id',
        'authorization_codes.user_id',
        // The id of a deleted administrator: the application stays.
        'client_applications.created_by',
        'device_authorizations.user_id',
        'drafts.user_id',
        'email_changes.user_id',
        'email_tokens.user_id',
        'factor_removals.user_id',
        'identities.user_id',
        'invites.created_by',
        'link_changes.owner_id',
        // Deleted with each link.
        'link_entries.owner_id',
        'link_imports.owner_id',
        'link_owners.owner_id',
        'link_totals.owner_id',
        'links.owner_id',
        'passkeys.user_id',
        'personal_access_tokens.user_id',
        'phones.user_id',
        'provider_sessions.user_id',
        'recovery_codes.user_id',
        'security_events.user_id',
        'sent_notifications.user_id',
        'session_grants.user_id',
        'session_pending_sign_ins.user_id',
        'session_user_endings.user_id',
        'sessions.user_id',
        'sms_codes.user_id',
        'trusted_browsers.user_id',
      ].map((column) => ({ name: column })),
    )
  })

  it('accepts no link or security event of an unknown user by direct SQL', async () => {
    await using opened = await open(kind)
    await addData(opened, await opened.addUser())
    const before = await opened.count()
    const at = sqlInstant[kind]
    for (const statement of [
      `INSERT INTO links (id, short_code, destination, owner_id, created_at)
       VALUES ('x', 'x', 'https://a.test', 'nobody', ${at})`,
      `UPDATE links SET owner_id = 'nobody'`,
      `INSERT INTO security_events (id, user_id, at, kind, outcome)
       VALUES ('x', 'nobody', ${at}, 'sign-in-failed', 'failure')`,
    ]) {
      await expect(opened.rows(statement), statement).rejects.toThrow('does not exist')
    }
    expect(await opened.count()).toEqual(before)
  })
})

describe('removal of accounts with rows in use (PostgreSQL)', () => {
  it.each([
    ['links', `SELECT 1 FROM links WHERE id LIKE '%-250' FOR KEY SHARE`],
    ['security events', `SELECT 1 FROM security_events WHERE id LIKE '%-1200' FOR UPDATE`],
  ])('does not wait for %s that are locked, and deletes them later', async (_, lock) => {
    await using opened = await open('postgres')
    const ann = await opened.addUser()
    await addData(opened, ann)
    await opened.accounts.remove(ann)
    await whileLocked(opened.location, lock, () => finish(opened))
    const [, links = 0, , , events = 0, , deletedUsers] = await opened.count()
    expect([links + events, deletedUsers]).toEqual([1, 1])
    await finish(opened)
    expect(await opened.count()).toEqual([0, 0, 0, 0, 0, 0, 0])
  })
})

describe('removal of several accounts, one with rows in use (PostgreSQL)', () => {
  it('deletes the data of the others', async () => {
    await using opened = await open('postgres')
    const [first = '', second = ''] = [await opened.addUser(), await opened.addUser()].toSorted()
    for (const user of [first, second]) await addData(opened, user)
    for (const user of [first, second]) await opened.accounts.remove(user)
    const ofFirst = `SELECT FROM links WHERE owner_id = '${first}' FOR UPDATE`
    await whileLocked(opened.location, ofFirst, () => finish(opened))
    expect(await opened.rows('SELECT id FROM deleted_users')).toEqual([{ id: first }])
  })
})

/** Inserts one active session and a number of ended ones. */
async function insertSessions({ kind, rows }: Opened, userId: string, ended: number) {
  const [bytes, duration, no] =
    kind === 'sqlite' ? [`x'00'`, '1000', '0'] : [`'\\x00'::bytea`, `interval '1 s'`, 'false']
  const at = sqlInstant[kind]
  const idleTimeout = kind === 'sqlite' ? 'idle_timeout_ms' : 'idle_timeout'
  await rows(`
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${ended})
    INSERT INTO sessions (id, secret_hash, user_id, created_at, expires_at, last_activity_at,
      ${idleTimeout}, authenticated_at, remembered, csrf_secret, data, data_version, ended_at, end_reason)
    SELECT CASE n WHEN 0 THEN 'active' ELSE 'ended-' || n END, ${bytes}, '${userId}', ${at}, ${at}, ${at},
      ${duration}, ${at}, ${no}, ${bytes}, '{}', 0, CASE WHEN n > 0 THEN ${at} END,
      CASE WHEN n > 0 THEN 'signed-out' END
    FROM numbers`)
}

/** Adds 250 rows to each table. */
async function insertNotificationsAndInvites({ kind, rows }: Opened, user: string): Promise<void> {
  const at = sqlInstant[kind]
  const numbers = `
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 250)`
  await rows(`${numbers} INSERT INTO sent_notifications (user_id, subject, sent_at, sent_by)
    SELECT '${user}', 'subject ' || n, ${at}, '' FROM numbers`)
  await rows(`${numbers} INSERT INTO invites (id, code_hash, created_by, created_at, expires_at)
    SELECT '${user}-' || n, '${user}-' || n, '${user}', ${at}, ${at} FROM numbers`)
}

async function failDeletionOfUsers({ kind, rows }: Opened): Promise<void> {
  if (kind === 'sqlite') {
    await rows(
      `CREATE TRIGGER planted AFTER DELETE ON users BEGIN SELECT RAISE(ABORT, 'planted'); END`,
    )
    return
  }
  await rows(`CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'planted'; END $$`)
  await rows('CREATE TRIGGER planted AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION planted()')
}
