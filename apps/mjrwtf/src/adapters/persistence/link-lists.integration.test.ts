import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { administer } from '../../../../../tools/testing/test-database.ts'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import type { LinkLists, LinkPage, LinkPlace } from '../../application/ports/link-list.ts'
import type { PageStart } from '../../application/ports/paging.ts'
import { linkDefaults } from '../../domain/link.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)
const filter = { tag: null, state: null, createdFrom: null, createdBefore: null }
const newestFirst = { filter, sort: { by: 'created', isDescending: true }, now } as const
const firstPlace = { key: 0, position: 0 }

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, links } = opened.persistence

  async function addUser(): Promise<string> {
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
    await users.add({ user, passwordHash: '$argon2id$kept' })
    return id
  }

  async function addLink(ownerId: string, shortCode: string, destination = 'https://x.test/') {
    const times = { ...linkDefaults, createdAt: now }
    const link = { id: nodeSecrets.id(), shortCode, destination, ownerId, ...times }
    expect(await links.add(link)).toBe('added')
  }

  /** Links `<prefix>-1` to `<prefix>-<count>`. */
  async function addLinks(ownerId: string, prefix: string, count: number) {
    const at = kind === 'sqlite' ? String(now) : `to_timestamp(${now / 1_000})`
    await opened.rows(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
      INSERT INTO links (id, short_code, destination, owner_id, created_at)
      SELECT '${nodeSecrets.id()}' || n, '${prefix}-' || n, 'https://x.test/', '${ownerId}', ${at}
      FROM numbers`)
  }

  /** The next link is in another part of the search index. */
  async function skipVolumes(ownerId: string, count: number) {
    await opened.rows(`UPDATE link_owners SET last_position = last_position + ${count} * 16384
      WHERE owner_id = '${ownerId}'`)
  }

  return { ...opened, links, addUser, addLink, addLinks, skipVolumes }
}

const codesOf = (page: LinkPage) => page.links.map(({ shortCode }) => shortCode)

/** All pages of a search, from its start to its end. */
async function searchAll(links: LinkLists, ownerId: string, query: string) {
  const pages: LinkPage[] = []
  let start: PageStart<LinkPlace> | null = null
  do {
    const page: LinkPage = await links.search({ ...newestFirst, ownerId, query, limit: 7, start })
    pages.push(page)
    start = page.next === null ? null : { direction: 'older', place: page.next }
  } while (start !== null)
  return { pages: pages.length, codes: pages.flatMap(codesOf) }
}

describe.each(databaseKinds)('lists of links on %s', (kind) => {
  it('are numbered without gaps between the numbers of their users', async () => {
    await using opened = await open(kind)
    const owners = [await opened.addUser(), await opened.addUser()]
    for (const owner of owners) await opened.addLinks(owner, owner.slice(0, 8), 10)
    expect(await opened.rows('SELECT number FROM link_owners ORDER BY number')).toEqual([
      { number: 1 },
      { number: 2 },
    ])
  })

  it('list own links newest first, in pages in both directions', async () => {
    await using opened = await open(kind)
    const { links, addUser, addLinks } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    await addLinks(ann, 'ann', 3)
    await addLinks(bob, 'bob', 3)
    await addLinks(ann, 'more', 2)
    const page = { ...newestFirst, ownerId: ann, limit: 2, offset: 0 }

    const first = await links.list({ ...page, start: null })
    expect(codesOf(first)).toEqual(['more-2', 'more-1'])
    const older = { direction: 'older', place: first.next ?? firstPlace } as const
    const second = await links.list({ ...page, start: older })
    expect(codesOf(second)).toEqual(['ann-3', 'ann-2'])
    const last = await links.list({ ...page, limit: 3, start: older })
    expect([codesOf(last), last.next]).toEqual([['ann-3', 'ann-2', 'ann-1'], null])

    const newer = { direction: 'newer', place: last.links.at(-1)?.place ?? firstPlace } as const
    const back = await links.list({ ...page, start: newer })
    expect(codesOf(back)).toEqual(['ann-3', 'ann-2'])
    const top = await links.list({ ...page, start: { ...newer, place: back.next ?? firstPlace } })
    expect([codesOf(top), top.next]).toEqual([['more-2', 'more-1'], null])
    expect(codesOf(await links.list({ ...page, offset: 3, start: null }))).toEqual([
      'ann-2',
      'ann-1',
    ])
  })

  it('omit removed links and those of other users, also from searches', async () => {
    await using opened = await open(kind)
    const { links, addUser, addLinks } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    await addLinks(ann, 'menu', 3)
    expect(await links.remove({ ownerId: ann, shortCode: 'menu-2' }, now)).toBe(true)

    const request = { ...newestFirst, ownerId: bob, limit: 10, offset: 0, start: null }
    expect(await links.list(request)).toEqual({ links: [], next: null })
    expect(await links.search({ ...request, query: 'menu' })).toEqual({ links: [], next: null })
    expect(codesOf(await links.list({ ...request, ownerId: ann }))).toEqual(['menu-3', 'menu-1'])
    expect((await searchAll(links, ann, 'menu')).codes).toEqual(['menu-3', 'menu-1'])
  })

  it('neither repeat nor omit links while others are added and removed', async () => {
    await using opened = await open(kind)
    const { links, addUser, addLink, addLinks } = opened
    const ann = await addUser()
    await addLinks(ann, 'old', 250)
    const seen: string[] = []
    let place: LinkPlace | null = { key: now, position: Number.MAX_SAFE_INTEGER }
    for (let page = 0; place !== null; page += 1) {
      const start: PageStart<LinkPlace> = { direction: 'older', place }
      const request = { ...newestFirst, ownerId: ann, query: 'old', limit: 20, start }
      const found: LinkPage = await links.search(request)
      seen.push(...codesOf(found))
      await addLink(ann, `old-new-${page}`)
      await links.remove({ ownerId: ann, shortCode: found.links.at(-1)?.shortCode ?? '' }, now)
      place = found.next
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, n) => `old-${250 - n}`))
  })

  it.each([
    ['ALPHA', ['alpha']],
    ['ph', ['alpha']],
    ['example.org', ['beta']],
    ['100%', ['beta']],
    ['%', ['umlaut', 'beta']],
    ['_', ['a_b']],
    ['a_b', ['a_b']],
    ['\\', []],
    ['"quoted"', ['quote']],
    ['*', ['star']],
    ['st*', []],
    ["' OR 1=1 --", []],
    ["o'clock", ['quote']],
    ['alpha AND beta', []],
    ['NEAR(a b)', []],
    ['terms:alpha', []],
    ['-alpha', []],
    ['\0', []],
    ['alpha\0', []],
    ['\ud800', []],
    ['\n', []],
    ['alpha\nhttps', []],
    ['\u00dc', ['umlaut']],
    ['u\u0308', ['umlaut']],
    // The sign for kelvin is a k.
    ['\u212a', ['quote']],
    ['%C3%BC', ['umlaut']],
    ['%c3%bC', ['umlaut']],
    ['https://', ['umlaut', 'star', 'quote', 'a_b', 'beta', 'alpha']],
  ])('find links by %j', async (query, found) => {
    await using opened = await open(kind)
    const { links, addUser, addLink, addLinks } = opened
    const ann = await addUser()
    await addLink(ann, 'alpha', 'https://sample.test/')
    await addLink(ann, 'beta', 'https://EXAMPLE.org/100%25')
    await addLink(ann, 'a_b')
    await addLink(ann, 'quote', `https://x.test/"quoted"o'clock`)
    await addLink(ann, 'star', 'https://x.test/*')
    await addLink(ann, 'umlaut', 'https://x.test/%C3%BC')
    expect((await searchAll(links, ann, query)).codes).toEqual(found)
    if (query === 'https://') return
    // Behind so many links, they are found by the index.
    await addLinks(ann, '000', 100)
    expect((await searchAll(links, ann, query)).codes).toEqual(found)
  })

  it('find a changed link by its new destination only', async () => {
    await using opened = await open(kind)
    const { links, addUser, addLink, addLinks } = opened
    const ann = await addUser()
    await addLink(ann, 'mine', 'https://before.test/')
    await addLinks(ann, 'more', 150)
    await links.edit({ ownerId: ann, shortCode: 'mine' }, { destination: 'https://after.test/' })

    expect((await searchAll(links, ann, 'before.test')).codes).toEqual([])
    expect((await searchAll(links, ann, 'after.test')).codes).toEqual(['mine'])
  })

  it('find neither removed links nor those of other users by the index', async () => {
    await using opened = await open(kind)
    const { links, addUser, addLink, addLinks } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    for (const owner of [ann, bob]) {
      await addLink(owner, `needle-${owner.slice(0, 8)}`)
      await addLinks(owner, owner.slice(0, 8), 150)
    }
    const own = { ownerId: ann, shortCode: `needle-${ann.slice(0, 8)}` }
    expect((await searchAll(links, ann, 'needle')).codes).toEqual([own.shortCode])
    await links.remove(own, now)
    expect((await searchAll(links, ann, 'needle')).codes).toEqual([])
  })

  it('find every match in several parts of the index, in both directions', async () => {
    await using opened = await open(kind)
    const { links, addUser, addLink, addLinks, skipVolumes } = opened
    const ann = await addUser()
    for (const part of [1, 2, 3]) {
      await addLink(ann, `needle-${part}`)
      await addLinks(ann, `hay-${part}`, 150)
      await skipVolumes(ann, part)
    }
    expect(await searchAll(links, ann, 'needle')).toEqual({
      pages: 1,
      codes: ['needle-3', 'needle-2', 'needle-1'],
    })
    const page = { ...newestFirst, ownerId: ann, limit: 2, query: 'needle' }
    const newer = { direction: 'newer', place: firstPlace } as const
    const oldest = await links.search({ ...page, start: newer })
    expect(codesOf(oldest)).toEqual(['needle-2', 'needle-1'])
    const rest = await links.search({
      ...page,
      start: { ...newer, place: oldest.next ?? firstPlace },
    })
    expect([codesOf(rest), rest.next]).toEqual([['needle-3'], null])
  })

  it('continue a search that has read its maximum, with and without the index', async () => {
    await using opened = await open(kind)
    const { links, addUser, addLink, addLinks, skipVolumes } = opened
    const ann = await addUser()
    await addLink(ann, 'needle-zz')
    await skipVolumes(ann, 40)
    await addLinks(ann, 'hay', 2_000)

    const request = { ...newestFirst, ownerId: ann, limit: 20, start: null }
    for (const query of ['needle', 'zz']) {
      const first = await links.search({ ...request, query })
      expect([codesOf(first), first.next]).toEqual([
        [],
        { key: expect.any(Number), position: expect.any(Number) },
      ])
      const all = await searchAll(links, ann, query)
      expect(all.codes).toEqual(['needle-zz'])
      expect(all.pages).toBeGreaterThan(1)
    }
  })

  it('find what a comparison of all links finds, for any links and text', async () => {
    await using opened = await open(kind)
    const { links, addUser, addLink, skipVolumes } = opened
    const ann = await addUser()
    const text = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '/', '%'), maxLength: 12 })
    const random = { seed: 9, numRuns: 100 }
    const all: { readonly code: string; readonly text: string }[] = []
    for (const path of fc.sample(text, random)) {
      const code = `c-${all.length}`
      await addLink(ann, code, `https://x.test/${path}`)
      if (all.length % 50 === 0) await skipVolumes(ann, 1)
      all.unshift({ code, text: `https://x.test/${path}`.toLowerCase() })
    }
    for (const query of fc.sample(text, random).filter((sample) => sample !== '')) {
      const expected = all.filter(({ text: own }) => own.includes(query.toLowerCase()))
      const found = await searchAll(links, ann, query)
      expect([query, found.codes]).toEqual([query, expected.map(({ code }) => code)])
    }
  })
})

it('adds and counts a link without reading others, in a session that began with few links', async () => {
  await using opened = await open('postgres')
  const ann = await opened.addUser()
  const { location } = opened
  if (location.kind !== 'postgres') throw new Error('another database')
  await administer(location.url, async (client) => {
    // Statements of one transaction see each other's counters.
    await client.query('BEGIN')
    const add = (prefix: string, count: number) =>
      client.query(`INSERT INTO links (id, short_code, destination, owner_id, created_at)
        SELECT '${prefix}' || n, '${prefix}' || n, 'https://x.test/', '${ann}', now()
        FROM generate_series(1, ${count}) AS n`)
    const rowsRead = async () => {
      const { rows } = await client.query(`SELECT sum(seq_tup_read + idx_tup_fetch)::int AS sum
        FROM pg_stat_xact_user_tables WHERE relname IN ('links', 'link_entries')`)
      return rows[0].sum
    }
    for (let n = 0; n < 8; n += 1) {
      await add(`early-${n}-`, 1)
      await client.query(`UPDATE links SET click_count = 1 WHERE id = 'early-${n}-1'`)
      await client.query(`UPDATE links SET archived_at = now() WHERE id = 'early-${n}-1'`)
      await client.query(`DELETE FROM links WHERE id = 'early-${n}-1'`)
    }
    await add('many-', 1_000)
    const before = await rowsRead()
    await add('late-', 1)
    await client.query(`UPDATE links SET click_count = 5 WHERE id = 'late-1'`)
    await client.query(`UPDATE links SET archived_at = now() WHERE id = 'late-1'`)
    await client.query(`DELETE FROM links WHERE id = 'late-1'`)
    expect((await rowsRead()) - before).toBeLessThan(100)
    await client.query('ROLLBACK')
  })
})
