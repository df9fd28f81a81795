import { describe, expect, it } from 'vitest'
import { aSessionRecord } from '../../testing/builders.ts'
import { createSecondChanceCache } from './second-chance-cache.ts'
import { sessionKind } from './session-kind.ts'

const openCache = (maxEntries: number) =>
  createSecondChanceCache({ maxEntries, maxBytes: 2 ** 30 }, sessionKind.estimateSize)

describe('clock cache', () => {
  it('evicts entries not used since the hand last passed', () => {
    const cache = openCache(100)
    const inUse = Array.from({ length: 10 }, () => aSessionRecord())
    for (const record of inUse) cache.set(record)
    for (let times = 0; times < 1_000; times += 1) {
      cache.set(aSessionRecord())
      for (const { id } of inUse) cache.get(id)
    }
    expect(cache.size()).toBe(100)
    expect(inUse.filter(({ id }) => cache.peek(id) === undefined)).toEqual([])
  })

  it('keeps a new entry for a full pass of the hand', () => {
    const cache = openCache(50)
    for (let times = 0; times < 50; times += 1) cache.set(aSessionRecord())
    const newest = aSessionRecord()
    cache.set(newest)
    for (let times = 0; times < 45; times += 1) cache.set(aSessionRecord())
    expect(cache.peek(newest.id)).toBeDefined()
  })

  it('evicts in a bounded number of steps if all entries are in use', () => {
    const cache = openCache(1_000)
    const all = Array.from({ length: 1_000 }, () => aSessionRecord())
    for (const record of all) cache.set(record)
    for (const { id } of all) cache.get(id)

    cache.set(aSessionRecord())

    // After a full pass of the hand, no entry would have a second chance left.
    cache.set(aSessionRecord())
    expect(cache.evictions()).toBe(2)
    const evicted = all.slice(0, 202).filter(({ id }) => cache.peek(id) === undefined)
    expect(evicted).toHaveLength(2)
  })

  it('tracks bytes through replacement, eviction, deletion and clearing', () => {
    const cache = openCache(20)
    const all = Array.from({ length: 60 }, (_, n) => aSessionRecord({ data: 'x'.repeat(n * 10) }))
    for (const record of all) cache.set(record)
    for (const record of all.slice(50)) cache.set({ ...record, data: '{}' })
    for (const { id } of all) cache.delete(id)
    expect([cache.size(), cache.bytes()]).toEqual([0, 0])
    cache.set(aSessionRecord())
    expect(cache.bytes()).toBeGreaterThan(1_000)
    cache.clear()
    expect([cache.size(), cache.bytes()]).toEqual([0, 0])
  })

  it('finds the entries of a user after replacement, eviction, deletion and clearing', () => {
    const cache = openCache(20)
    const users = ['ada', 'grace', 'joan']
    const records = Array.from({ length: 60 }, (_, n) =>
      aSessionRecord({ userId: users[n % 3] ?? '' }),
    )
    const expectAllFound = () => {
      for (const user of users) {
        const cached = records.filter(({ id, userId }) => userId === user && cache.peek(id))
        const ids = cached.map(({ id }) => id).toSorted()
        expect(cache.idsOfUser(user).toSorted()).toEqual(ids)
      }
    }
    for (const [n, record] of records.entries()) {
      cache.set(record)
      cache.set(records[(n * 7) % 60] ?? record)
      if (n % 5 === 0) cache.delete(records[n - 4]?.id ?? record.id)
      expectAllFound()
    }
    for (const { id } of records.slice(0, 50)) cache.delete(id)
    expectAllFound()
    cache.clear()
    expectAllFound()
  })
})
