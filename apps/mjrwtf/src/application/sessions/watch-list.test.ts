import { describe, expect, it } from 'vitest'
import type { SessionStatus } from '../ports/user-sessions.ts'
import { createWatchList, type WatchLimits, type WatchList } from './watch-list.ts'

const now = 1_000
const noLimits: WatchLimits = { maxPerSession: 9, maxPerUser: 9, max: 9 }

/** Adds pages named `user/session/number`, each user from an IP address of their own. */
function add(list: WatchList<string>, page: string) {
  const [userId = '', session = ''] = page.split('/')
  return list.add(page, { sessionId: `${userId}/${session}`, userId, ipAddress: userId }, now)
}

function aList(pages: readonly string[], limits: Partial<WatchLimits> = {}): WatchList<string> {
  const list = createWatchList<string>({ ...noLimits, ...limits })
  for (const page of pages) add(list, page)
  return list
}

/** All pages, without changing their order. */
const pagesOf = (list: WatchList<string>) => list.next(list.count())

describe('add', () => {
  it('watches a session until its last page is removed', () => {
    const list = aList(['ann/s/1', 'ann/s/2'])
    list.remove('ann/s/1')
    list.remove('ann/s/1')
    expect([list.sessions(), list.has('ann/s'), list.count()]).toEqual([['ann/s'], true, 1])
    list.remove('ann/s/2')
    expect([list.sessions(), list.has('ann/s'), list.count()]).toEqual([[], false, 0])
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
    expect(list.has(evicted.slice(0, 5))).toBe(pages.some((page) => page === 'ann/s/2'))
  })

  it('rejects a page while all places are taken by users with one each', () => {
    const list = aList(['ann/s/1', 'bob/s/1'], { max: 2 })
    expect(add(list, 'cho/s/1')).toEqual({ status: 'full', evicted: [] })
    expect([pagesOf(list), list.has('cho/s')]).toEqual([['ann/s/1', 'bob/s/1'], false])
  })

  it('makes a new session due at once and keeps the next check of a watched one', () => {
    const list = aList(['ann/s/1'])
    expect([list.due(now - 1), list.due(now)]).toEqual([[], ['ann/s']])
    list.applyCheck('ann/s', { status: 'active', until: 9_000 })
    add(list, 'ann/s/2')
    expect([list.due(8_999), list.due(9_000)]).toEqual([[], ['ann/s']])
  })
})

describe('applyCheck', () => {
  const ended: SessionStatus = { status: 'ended', reason: 'idle-timeout' }

  it('makes a session due again at once if the store failed', () => {
    const list = aList(['ann/s/1'])
    list.applyCheck('ann/s', { status: 'active', until: 9_000 })
    expect(list.applyCheck('ann/s', null)).toEqual([])
    expect(list.due(0)).toEqual(['ann/s'])
  })

  it('returns all pages of an ended session and stops watching it', () => {
    const list = aList(['ann/s/1', 'bob/s/1', 'ann/s/2'])
    expect(list.applyCheck('ann/s', ended)).toEqual(['ann/s/1', 'ann/s/2'])
    expect([pagesOf(list), list.sessions(), list.count()]).toEqual([['bob/s/1'], ['bob/s'], 1])
  })

  it('ignores a session that lost its last page during the check', () => {
    const list = aList(['ann/s/1'])
    expect([list.applyCheck('bob/s', ended), list.count()]).toEqual([[], 1])
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
