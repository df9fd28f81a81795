import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import type {
  LinkFilter,
  LinkPage,
  LinkPlace,
  LinkSort,
  ListLinksRequest,
} from '../../application/ports/link-list.ts'
import type { PageStart } from '../../application/ports/paging.ts'
import { type Link, linkDefaults } from '../../domain/link.ts'
import type { LinkState } from '../../domain/link-state.ts'
import { day } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)
const all: LinkFilter = { tag: null, state: null, createdFrom: null, createdBefore: null }
const newestFirst: LinkSort = { by: 'created', isDescending: true }

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, links, takeDowns } = opened.persistence
  const ownerId = nodeSecrets.id()
  const unchanged = {
    hasPassword: true,
    passwordVersion: 0,
    passwordChangedBySession: null,
    passwordChangedAt: null,
    passwordResets: 0,
    secondFactors: 0,
  }
  const user = { id: ownerId, email: `${ownerId}@example.com`, createdAt: now, isOperator: false }
  await users.add({ user: { ...user, ...unchanged }, passwordHash: null })

  async function add(shortCode: string, details: Partial<Link> = {}) {
    const link = { id: nodeSecrets.id(), shortCode, destination: 'https://x.test/', ownerId }
    expect(await links.add({ ...linkDefaults, createdAt: now, ...link, ...details })).toBe('added')
  }

  /** Changes columns that other parts of the app write. */
  async function set(shortCode: string, columns: string) {
    await opened.rows(`UPDATE links SET ${columns} WHERE short_code = '${shortCode}'`)
  }

  async function list(request: Partial<ListLinksRequest> & { readonly query?: string }) {
    const { query = '', ...rest } = request
    const page = { ownerId, filter: all, sort: newestFirst, limit: 50, start: null, now, ...rest }
    return query === '' ? links.list({ offset: 0, ...page }) : links.search({ query, ...page })
  }

  /** All pages of the list, one after the other, and back. */
  async function walk(request: Parameters<typeof list>[0], direction: 'older' | 'newer' = 'older') {
    const codes: string[] = []
    let start: PageStart<LinkPlace> | null = request.start ?? null
    do {
      const page: LinkPage = await list({ ...request, start })
      const own = page.links.map(({ shortCode }) => shortCode)
      codes.push(...(direction === 'newer' ? own.toReversed() : own))
      start = page.next === null ? null : { direction, place: page.next }
    } while (start !== null)
    return codes
  }

  return { ...opened, links, takeDowns, ownerId, add, set, list, walk }
}

const codesOf = (page: LinkPage) => page.links.map(({ shortCode }) => shortCode)

describe.each(databaseKinds)('filtered lists of links on %s', (kind) => {
  it('sort by creation, clicks and title in both directions, in pages there and back', async () => {
    await using opened = await open(kind)
    const { add, set, list, walk } = opened
    const titles = ['Zebra', '', 'apple', 'Äpfel', 'apple', '🍎']
    for (const [index, title] of titles.entries()) {
      await add(`link-${index}`, { title, createdAt: now - index * day })
      await set(`link-${index}`, `click_count = ${[5, 0, 9, 5, 0, 1][index]}`)
    }
    const expected = {
      created: [5, 4, 3, 2, 1, 0],
      clicks: [1, 4, 5, 0, 3, 2],
      // Without a title, by the code.
      title: [2, 4, 1, 0, 3, 5],
    }
    for (const by of ['created', 'clicks', 'title'] as const) {
      const codes = expected[by].map((index) => `link-${index}`)
      const ascending = { sort: { by, isDescending: false }, limit: 2 }
      expect([by, await walk(ascending)]).toEqual([by, codes])
      const descending = { sort: { by, isDescending: true }, limit: 2 }
      expect([by, await walk(descending)]).toEqual([by, codes.toReversed()])
      const last = (await list({ ...descending, limit: 6 })).links.at(-1)
      if (last === undefined) throw new Error('There is no link.')
      const start = { direction: 'newer', place: last.place } as const
      expect(await walk({ ...descending, start }, 'newer')).toEqual(codes.slice(1))
    }
  })

  it('select links by tag, ignoring case, also after their tags changed', async () => {
    await using opened = await open(kind)
    const { add, links, ownerId, list } = opened
    await add('one', { tags: ['Menü', 'press'] })
    await add('two', { tags: ['menü'] })
    await add('three', { tags: [] })
    const tagged = async (tag: string) => codesOf(await list({ filter: { ...all, tag } }))
    expect([await tagged('menü'), await tagged('press'), await tagged('none')]).toEqual([
      ['two', 'one'],
      ['one'],
      [],
    ])
    await links.edit({ ownerId, shortCode: 'one' }, { tags: ['other'] })
    await links.edit({ ownerId, shortCode: 'three' }, { tags: ['MENÜ'] })
    await links.remove({ ownerId, shortCode: 'two' }, now)
    expect([await tagged('menü'), await tagged('press'), await tagged('other')]).toEqual([
      ['three'],
      [],
      ['one'],
    ])
    expect(await links.countListed(ownerId, { ...all, tag: 'menü' })).toEqual({
      links: 1,
      isMinimum: false,
    })
  })

  it('select links by their state at that time, and omit archived ones otherwise', async () => {
    await using opened = await open(kind)
    const { add, set, takeDowns, list } = opened
    const instant = kind === 'sqlite' ? String(now) : `to_timestamp(${now / 1_000})`
    await add('active', { createdAt: now - day })
    await add('expires', { createdAt: now - day, expiresAt: now + day })
    await add('starts', { createdAt: now - day, startsAt: now + day, expiresAt: now + 2 * day })
    await add('full', { createdAt: now - day, clickLimit: 2 })
    await add('archived', { createdAt: now - day, archivedAt: now })
    await add('down', { createdAt: now - day })
    await takeDowns.takeDown((await takeDowns.findByAnyCode('down'))?.id ?? '', {
      at: now,
      reason: 'phishing',
    })
    const inState = async (state: LinkState | null, at = now) =>
      codesOf(await list({ filter: { ...all, state }, now: at })).toSorted()

    expect(await inState(null)).toEqual(['active', 'down', 'expires', 'full', 'starts'])
    expect(await inState('active')).toEqual(['active', 'expires', 'full'])
    expect(await inState('scheduled')).toEqual(['starts'])
    expect(await inState('ended')).toEqual([])
    expect(await inState('taken-down')).toEqual(['down'])
    expect(await inState('archived')).toEqual(['archived'])

    await set('full', 'admitted_clicks = 2')
    expect(await inState('ended')).toEqual(['full'])
    expect(await inState('active', now + day)).toEqual(['active', 'starts'])
    expect(await inState('scheduled', now + day)).toEqual([])
    expect(await inState('ended', now + 2 * day)).toEqual(['expires', 'full', 'starts'])
    await set('expires', `archived_at = ${instant}`)
    await set('archived', 'archived_at = NULL')
    await set('full', 'click_limit = 3')
    expect(await inState('archived', now + 2 * day)).toEqual(['expires'])
    expect(await inState('active', now + 2 * day)).toEqual(['active', 'archived', 'full'])
    const [link] = (await list({ filter: { ...all, state: 'ended' }, now: now + 2 * day })).links
    expect([link?.shortCode, link?.state]).toEqual(['starts', 'ended'])
  })

  it('combine a range of creation with any sort, for few links of many and many of many', async () => {
    await using opened = await open(kind)
    const { add, rows, ownerId, walk } = opened
    const at = (index: string) =>
      kind === 'sqlite' ? `${now} + (${index}) * 1000` : `to_timestamp(${now / 1_000} + ${index})`
    await rows(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1300)
      INSERT INTO links (id, short_code, destination, owner_id, created_at)
      SELECT '${ownerId}' || n, 'many-' || n, 'https://x.test/', '${ownerId}', ${at('n')}
      FROM numbers`)
    await rows(`UPDATE links SET click_count = ${kind === 'sqlite' ? 'rowid' : '1'}`)
    await add('first', { createdAt: now - day, title: 'zzz first' })
    await add('second', { createdAt: now - day, title: 'aaa second' })
    const sort = { by: 'title', isDescending: false } as const
    const early = { ...all, createdBefore: now }
    expect(await walk({ filter: early, sort, limit: 1 })).toEqual(['second', 'first'])
    const late = { ...all, createdFrom: now }
    const codes = await walk({ filter: late, sort, limit: 100 })
    expect([codes.length, codes.slice(0, 3), codes.includes('first')]).toEqual([
      1_300,
      ['many-1', 'many-10', 'many-100'],
      false,
    ])
    expect(await opened.links.countListed(ownerId, all)).toEqual({ links: 1_000, isMinimum: true })
    expect(await opened.links.countListed(ownerId, early)).toEqual({ links: 2, isMinimum: false })
  })

  it('search titles, notes, tags and decoded destinations within filters, in any order', async () => {
    await using opened = await open(kind)
    const { add, set, rows, ownerId, list, walk } = opened
    await add('one', { title: 'Sommerfest Übersicht', tags: ['Fest'] })
    await add('two', { note: 'FÜR DAS SOMMERFEST', archivedAt: now })
    await add('three', { destination: 'https://x.test/stra%C3%9Fenfest/%E5%A4%8F?q=100%25' })
    await add('four', { tags: ['sommerfest'] })
    await set('four', 'click_count = 7')
    const found = async (query: string, request: Parameters<typeof list>[0] = {}) =>
      walk({ ...request, query, limit: 2 })
    const check = async () => {
      expect(await found('SOMMERFEST')).toEqual(['four', 'one'])
      expect(await found('übersicht')).toEqual(['one'])
      expect(await found('straßenfest/夏')).toEqual(['three'])
      expect(await found('stra%c3%9fen')).toEqual(['three'])
      expect(await found('fest', { filter: { ...all, tag: 'fest' } })).toEqual(['one'])
      expect(await found('fest', { filter: { ...all, state: 'archived' } })).toEqual(['two'])
      for (const isDescending of [true, false]) {
        const sorted = (codes: readonly string[]) => (isDescending ? codes : codes.toReversed())
        const byClicks = await found('fest', { sort: { by: 'clicks', isDescending } })
        expect(byClicks).toEqual(sorted(['four', 'three', 'one']))
        const byCreation = await found('fest', { sort: { by: 'created', isDescending } })
        expect(byCreation).toEqual(sorted(['four', 'three', 'one']))
        const byTitle = await found('fest', { sort: { by: 'title', isDescending } })
        expect(byTitle).toEqual(sorted(['three', 'one', 'four']))
      }
    }
    await check()
    // Behind so many links, they are found by the index.
    await rows(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 150)
      INSERT INTO links (id, short_code, destination, owner_id, created_at)
      SELECT '${ownerId}' || n, 'hay-' || n, 'https://x.test/', '${ownerId}',
        ${kind === 'sqlite' ? String(now) : `to_timestamp(${now / 1_000})`}
      FROM numbers`)
    await check()
  })
})
