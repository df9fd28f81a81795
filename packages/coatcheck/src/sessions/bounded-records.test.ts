import { describe, expect, it } from 'vitest'
import { aSessionRecord } from '../testing/builders.ts'
import { createBoundedRecords } from './bounded-records.ts'

const open = (maxEntries: number) => createBoundedRecords({ maxEntries, maxBytes: 2 ** 30 })

describe('bounded records', () => {
  it('let go of what was not used since the hand last passed', () => {
    const records = open(100)
    const kept = Array.from({ length: 10 }, () => aSessionRecord())
    for (const record of kept) records.set(record)
    for (let times = 0; times < 1_000; times += 1) {
      records.set(aSessionRecord())
      for (const { id } of kept) records.get(id)
    }
    expect(records.size()).toBe(100)
    expect(kept.filter(({ id }) => records.peek(id) === undefined)).toEqual([])
  })

  it('give a new one a whole round before it goes', () => {
    const records = open(50)
    for (let times = 0; times < 50; times += 1) records.set(aSessionRecord())
    const fresh = aSessionRecord()
    records.set(fresh)
    for (let times = 0; times < 45; times += 1) records.set(aSessionRecord())
    expect(records.peek(fresh.id)).toBeDefined()
  })

  it('make room in a bounded number of steps where all of them are in use', () => {
    const records = open(1_000)
    const all = Array.from({ length: 1_000 }, () => aSessionRecord())
    for (const record of all) records.set(record)
    for (const { id } of all) records.get(id)

    records.set(aSessionRecord())

    // Had the hand gone all the way round, none would have a second chance left.
    records.set(aSessionRecord())
    expect(records.evictions()).toBe(2)
    const passed = all.slice(0, 202).filter(({ id }) => records.peek(id) === undefined)
    expect(passed).toHaveLength(2)
  })

  it('count their bytes, whatever becomes of them', () => {
    const records = open(20)
    const all = Array.from({ length: 60 }, (_, n) => aSessionRecord({ data: 'x'.repeat(n * 10) }))
    for (const record of all) records.set(record)
    for (const record of all.slice(50)) records.set({ ...record, data: '{}' })
    for (const { id } of all) records.delete(id)
    expect([records.size(), records.bytes()]).toEqual([0, 0])
    records.set(aSessionRecord())
    expect(records.bytes()).toBeGreaterThan(1_000)
    records.clear()
    expect([records.size(), records.bytes()]).toEqual([0, 0])
  })
})
