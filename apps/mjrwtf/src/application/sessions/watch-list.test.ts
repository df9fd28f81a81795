import { describe, expect, it } from 'vitest'
import { createWatchList, type WatchLimits, type WatchList } from './watch-list.ts'

const noLimits: WatchLimits = { maxPerSession: 9, maxPerUser: 9, max: 9 }

/** Adds pages named `user/session/number`, each user from an IP address of their own. */
function add(list: WatchList<string>, page: string) {
  const [userId = '', session = ''] = page.split('/')
  return list.add(page, { sessionId: `${userId}/${session}`, userId, ipAddress: userId })
}

function aList(pages: readonly string[], limits: Partial<WatchLimits> = {}): WatchList<string> {
  const list = createWatchList<string>({ ...noLimits, ...limits })
  for (const page of pages) add(list, page)
  return list
}

/** All pages, without changing their order. */
const pagesOf = (list: WatchList<string>) => list.next(list.count())

describe('add', () => {
  it('keeps a page until it is removed', () => {
    const list = aList(['ann/s/1', 'ann/s/2'])
    list.remove('ann/s/1')
    list.remove('ann/s/1')
    expect([pagesOf(list), list.count()]).toEqual([['ann/s/2'], 1])
    list.remove('ann/s/2')
    expect([pagesOf(list), list.count()]).toEqual([[], 0])
  })

  it.each([
    {
      limits: { maxPerSession: 2 },
      pages: ['ann/s/1', 'ann/t/1', 'ann/s/2'],
      next: 'ann/s/3',
      evicted: 'ann/s/1',
      name: 'of the session at its limit',
    },
    {
      limits: { maxPerUser: 3 },
      pages: ['ann/s/1', 'ann/t/1', 'ann/u/1'],
      next: 'ann/v/1',
      evicted: 'ann/s/1',
      name: 'of the user at the limit, in whichever session',
    },
    {
      limits: { max: 4 },
      pages: ['bob/s/1', 'ann/s/1', 'ann/t/1', 'ann/u/1'],
      next: 'cho/s/1',
      evicted: 'ann/s/1',
      name: 'of the user with most while all places are taken',
    },
  ])('evicts the oldest page $name', ({ limits, pages, next, evicted }) => {
    const list = aList(pages, limits)
    expect(add(list, next)).toEqual({ status: 'added', evicted: [evicted] })
    expect(pagesOf(list)).toEqual([...pages.filter((page) => page !== evicted), next])
  })

  it('rejects a page while all places are taken by users with one each', () => {
    const list = aList(['ann/s/1', 'bob/s/1'], { max: 2 })
    expect(add(list, 'cho/s/1')).toEqual({ status: 'full', evicted: [] })
    expect(pagesOf(list)).toEqual(['ann/s/1', 'bob/s/1'])
  })
})

describe('next', () => {
  it('returns every page once before it returns one again', () => {
    const list = aList(['ann/s/1', 'bob/s/1', 'cho/s/1'])
    expect(list.next(2)).toEqual(['ann/s/1', 'bob/s/1'])
    add(list, 'dan/s/1')
    expect([list.next(1), list.next(2), list.next(9)]).toEqual([
      ['cho/s/1'],
      ['ann/s/1', 'bob/s/1'],
      ['dan/s/1', 'cho/s/1', 'ann/s/1', 'bob/s/1'],
    ])
  })
})
