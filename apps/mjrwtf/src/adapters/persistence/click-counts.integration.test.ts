import { describe, expect, it } from 'vitest'
import {
  type DatabaseKind,
  databaseKinds,
  openTestPersistence,
  type TestPersistence,
} from '../../../test/persistence.ts'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import { type Click, unknownSource } from '../../domain/click.ts'
import { linkDefaults } from '../../domain/link.ts'
import { day, minute } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import { openPersistence } from './open-persistence.ts'
import type { Persistence } from './persistence.ts'

const now = Date.parse('2030-01-15T12:00:00Z')

function aClick(linkId: string, overrides: Partial<Click> = {}): Click {
  return { id: nodeSecrets.id(), linkId, at: now, ...unknownSource, count: 1, ...overrides }
}

async function addUser({ users }: Persistence): Promise<string> {
  const id = nodeSecrets.id()
  const unchanged = {
    hasPassword: true,
    passwordVersion: 0,
    passwordChangedBySession: null,
    passwordChangedAt: null,
    passwordResets: 0,
    secondFactors: 0,
    isOperator: false,
  }
  const user = { id, email: `${id}@example.com`, createdAt: now, ...unchanged }
  expect(await users.add({ user, passwordHash: '$argon2id$' })).toBe('added')
  return id
}

async function addLink({ links }: Persistence, ownerId: string, shortCode: string) {
  const destination = 'https://example.com/'
  const link = { id: nodeSecrets.id(), shortCode, destination, ownerId, createdAt: now }
  expect(await links.add({ ...linkDefaults, ...link })).toBe('added')
  return link
}

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { persistence } = opened
  const [ann, bob] = [await addUser(persistence), await addUser(persistence)]
  const links = [
    await addLink(persistence, ann, 'one'),
    await addLink(persistence, ann, 'two'),
    await addLink(persistence, bob, 'three'),
    await addLink(persistence, bob, 'four'),
  ] as const
  return {
    opened,
    persistence,
    ann,
    bob,
    links,
    [Symbol.asyncDispose]: opened[Symbol.asyncDispose],
  }
}

/** All counts, and the same computed from the clicks. They must be equal at any time. */
async function readCounts({ rows }: TestPersistence) {
  const texts = async (query: string) => (await rows(query)).map((row) => JSON.stringify(row))
  const links = (clicks: string) =>
    texts(`SELECT id, CAST(${clicks} AS integer) AS clicks FROM links ORDER BY id`)
  const totals = (source: string) =>
    texts(`SELECT owner_id, links, clicks FROM (${source}) AS source
    ORDER BY owner_id`)
  return {
    stored: {
      links: await links('click_count'),
      days: await links('(SELECT sum(clicks) FROM click_days WHERE link_id = links.id)'),
      totals: await totals(`SELECT owner_id, CAST(links AS integer) AS links,
        CAST(clicks AS integer) AS clicks FROM link_totals WHERE links > 0`),
    },
    computed: {
      links: await links(
        'coalesce((SELECT sum(count) FROM clicks WHERE link_id = links.id AND is_bot = 0), 0)',
      ),
      days: await links('(SELECT sum(count) FROM clicks WHERE link_id = links.id AND is_bot = 0)'),
      totals: await totals(`SELECT owner_id, CAST(count(*) AS integer) AS links,
        CAST(coalesce(sum((SELECT sum(count) FROM clicks WHERE link_id = links.id AND is_bot = 0)), 0) AS integer)
        AS clicks FROM links WHERE removed_at IS NULL GROUP BY owner_id`),
    },
  }
}

async function expectRightCounts(opened: TestPersistence): Promise<void> {
  const { stored, computed } = await readCounts(opened)
  expect(stored).toEqual(computed)
}

describe.each(databaseKinds)('click counts on %s', (kind) => {
  it('equal the stored clicks after batches, repetitions and removed links', async () => {
    await using context = await open(kind)
    const { persistence, opened, links, ann } = context
    const [one, two, three] = links
    const batch = Array.from({ length: 450 }, (_, n) =>
      aClick(links[n % 3]?.id ?? '', { at: now - n * 17 * minute, count: (n % 5) + 1 }),
    )
    await persistence.clicks.add(batch)
    await expectRightCounts(opened)
    // The response to the first write was lost, and the queue has newer clicks by now.
    await persistence.clicks.add([...batch.slice(300), aClick(two.id), ...batch.slice(0, 10)])
    await expectRightCounts(opened)
    expect(await persistence.links.count(ann)).toEqual({ links: 2, clicks: 901 })
    const counted = aClick(one.id, { count: 5 })
    await persistence.clicks.add([counted, { ...counted, count: 8 }])
    await persistence.clicks.add([
      { ...counted, count: 11 },
      { ...counted, count: 10 },
    ])
    await persistence.clicks.add([counted])
    await expectRightCounts(opened)
    expect(await persistence.links.count(ann)).toEqual({ links: 2, clicks: 912 })

    await persistence.links.remove({ ownerId: ann, shortCode: one.shortCode }, now)
    await persistence.clicks.add([aClick(one.id), aClick(three.id)])
    await expectRightCounts(opened)
    await opened.rows(`DELETE FROM clicks WHERE link_id = '${two.id}'`)
    await opened.rows(`DELETE FROM click_days WHERE link_id = '${two.id}'`)
    await opened.rows(`DELETE FROM links WHERE id = '${two.id}'`)
    await expectRightCounts(opened)
    expect(await persistence.links.count(ann)).toEqual({ links: 0, clicks: 0 })
  })

  it('contain no clicks of bots, which are counted by name and found again by a recount', async () => {
    await using context = await open(kind)
    const { persistence, opened, links, ann } = context
    const bot = aClick(links[0].id, { isBot: true, agent: 'Slack', count: 4 })
    await persistence.clicks.add([bot, aClick(links[0].id), aClick(links[0].id, { isBot: true })])
    await persistence.clicks.add([bot])
    await expectRightCounts(opened)
    expect(await persistence.links.count(ann)).toEqual({ links: 2, clicks: 1 })
    const all = { start: null, end: null }
    const before = await persistence.clicks.analyze(links[0].id, all)
    expect(before).toMatchObject({
      totalClicks: 1,
      byBot: [
        { key: 'Slack', clicks: 4 },
        { key: null, clicks: 1 },
      ],
    })
    await opened.rows('DELETE FROM click_days')
    await persistence.recount.all()
    await expectRightCounts(opened)
    expect(await persistence.clicks.analyze(links[0].id, all)).toEqual(before)
  })

  it('of a day that an older version stored are read and increased', async () => {
    await using context = await open(kind)
    const { persistence, opened, links } = context
    const [{ id }] = links
    await opened.rows(`INSERT INTO click_days VALUES ('${id}', '2030-01-15', 3,
      '{"slots":[48,3],"origins":["a.example","NL","Firefox"],"counts":[[0,3],[1,3],[2,3]]}',
      '{"origins":["a.example","NL","Firefox"],"numbers":[48,0,1,2,3]}')`)
    await persistence.clicks.add([aClick(id, { city: 'Lyon, FR', device: 'Phone' })])
    // From its sums, and, for a part of the day, from its cells.
    const times = [
      { start: null, end: null },
      { start: now, end: now + day },
    ]
    await persistence.clicks.add([aClick(id, { at: now - 15 * minute, isBot: true })])
    for (const range of times) {
      const counts = await persistence.clicks.analyze(id, range)
      expect(counts.byCity).toEqual([
        { key: null, clicks: 3 },
        { key: 'Lyon, FR', clicks: 1 },
      ])
      expect(counts.byAgent).toEqual([
        { key: 'Firefox', clicks: 3 },
        { key: null, clicks: 1 },
      ])
    }
  })

  it('do not change if a click of the batch cannot be written', async () => {
    await using context = await open(kind)
    const { persistence, opened, links } = context
    await persistence.clicks.add([aClick(links[0].id)])
    const before = await readCounts(opened)
    // PostgreSQL rejects NUL in text.
    const invalid = aClick(links[0].id, { agent: '\0' })
    if (kind === 'sqlite') {
      await opened.rows(`CREATE TRIGGER fail BEFORE INSERT ON clicks WHEN NEW.agent = char(0)
        BEGIN SELECT RAISE(ABORT, 'rejected'); END`)
    }
    const adding = persistence.clicks.add([aClick(links[0].id), invalid])
    await expect(adding).rejects.toThrow(RepositoryError)
    expect(await readCounts(opened)).toEqual(before)
  })

  it('are exact when two processes add clicks on the same links in different orders', async () => {
    await using context = await open(kind)
    const { persistence, opened, links } = context
    const other = await openPersistence(opened.location)
    const ids = links.map(({ id }) => id)
    const clicksOn = (order: readonly string[]) => order.map((id) => aClick(id))
    await Promise.all(
      Array.from({ length: 20 }, () => [
        persistence.clicks.add(clicksOn(ids)),
        other.clicks.add(clicksOn(ids.toReversed())),
      ]).flat(),
    )
    await other.close()
    await expectRightCounts(opened)
    expect(await opened.rows('SELECT count(*) AS clicks FROM clicks')).toMatchObject([
      { clicks: kind === 'postgres' ? '160' : 160 },
    ])
  })

  it('are computed again by a recount, which reports what it corrected', async () => {
    await using context = await open(kind)
    const { persistence, opened, links, ann } = context
    const [one, two] = links
    await persistence.clicks.add([
      aClick(one.id, { referrerHost: 'a.example', count: 3 }),
      aClick(one.id, { at: now + 7 * minute }),
      aClick(one.id, { at: now + 16 * minute }),
      aClick(one.id, { at: now + day }),
      aClick(two.id),
    ])
    const all = { start: null, end: null }
    const before = await persistence.clicks.analyze(one.id, all)
    const cells = await opened.rows('SELECT cells, sums FROM click_days ORDER BY link_id, day')
    expect(await persistence.recount.all()).toEqual({ links: 4, corrected: 0 })
    expect(await opened.rows('SELECT cells, sums FROM click_days ORDER BY link_id, day')).toEqual(
      cells,
    )

    await opened.rows(`UPDATE click_days SET clicks = 7, cells = '{"origins":[],"numbers":[]}',
      sums = '{"slots":[],"origins":[],"counts":[]}'`)
    await opened.rows(`INSERT INTO click_days VALUES ('${two.id}', '2031-01-01', 5, '', '')`)
    await opened.rows('UPDATE links SET click_count = 9')
    await opened.rows('UPDATE link_totals SET links = 100')
    expect((await persistence.recount.all()).corrected).toBe(6)
    await expectRightCounts(opened)
    expect(await persistence.clicks.analyze(one.id, all)).toEqual(before)
    expect(await persistence.links.count(ann)).toEqual({ links: 2, clicks: 7 })
    expect(await persistence.recount.all()).toEqual({ links: 4, corrected: 0 })

    await opened.rows('DELETE FROM link_totals')
    expect((await persistence.recount.all()).corrected).toBe(2)
    expect(await persistence.links.count(ann)).toEqual({ links: 2, clicks: 7 })
  })

  it('keep clicks that arrive during a recount', async () => {
    await using context = await open(kind)
    const { persistence, opened, links } = context
    const other = await openPersistence(opened.location)
    for (let n = 0; n < 20; n += 1) {
      const at = now + n * day
      await Promise.all([
        other.recount.all(),
        ...links.map(({ id }) => persistence.clicks.add([aClick(id, { at })])),
      ])
      await expectRightCounts(opened)
    }
    await other.close()
  })

  it('of other links are right if a stored day is corrupt, and a recount repairs that day', async () => {
    await using context = await open(kind)
    const { persistence, opened, links } = context
    const [one, two] = links
    await persistence.clicks.add([aClick(one.id), aClick(two.id)])
    await opened.rows(`UPDATE click_days SET cells = 'corrupt' WHERE link_id = '${one.id}'`)
    await persistence.clicks.add([aClick(one.id), aClick(two.id)])
    expect((await persistence.clicks.analyze(two.id, { start: null, end: null })).totalClicks).toBe(
      2,
    )
    await persistence.recount.pending()
    await expectRightCounts(opened)
    expect((await persistence.clicks.analyze(one.id, { start: null, end: null })).totalClicks).toBe(
      2,
    )
  })

  it('are computed once for links that a migration has marked', async () => {
    await using context = await open(kind)
    const { persistence, opened, links } = context
    await persistence.clicks.add([aClick(links[0].id), aClick(links[0].id, { at: now - day })])
    await opened.rows('DELETE FROM click_days')
    await opened.rows('UPDATE links SET click_count = 0')
    await opened.rows('INSERT INTO pending_recounts SELECT DISTINCT link_id FROM clicks')
    expect(await persistence.recount.pending()).toEqual({ links: 1, corrected: 1 })
    await expectRightCounts(opened)
    expect(await persistence.recount.pending()).toEqual({ links: 0, corrected: 0 })
  })
})
