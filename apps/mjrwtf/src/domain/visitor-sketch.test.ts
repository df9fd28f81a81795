import { expect, it } from 'vitest'
import { addVisits, hashBits, maxHashes, noVisitors, visitorsOf } from './visitor-sketch.ts'

/** A hash that looks random (Knuth's multiplicative one, twice). */
function hashOf(visitor: number): number {
  const high = (visitor * 2_654_435_761) % 2 ** 32
  const low = ((visitor + 7) * 40_503) % 2 ** 16
  return (high * 2 ** (hashBits - 32) + low) % 2 ** hashBits
}

const visit = (visitor: number, slot = 0) => ({ hash: hashOf(visitor), slot })

it('addVisits counts each visitor of a day once, in the quarter-hour of the first visit', () => {
  const first = addVisits(noVisitors, [visit(1, 40), visit(2, 40), visit(1, 41)])
  const day = addVisits(first, [visit(3, 95), visit(2, 95), visit(3, 0)])
  expect(day.slots).toEqual([40, 2, 95, 1])
  expect(visitorsOf(day)).toBe(3)
  expect(addVisits(day, [visit(1), visit(2), visit(3)])).toEqual(day)
})

it('addVisits is exact up to 1,023 visitors and keeps 1,024 hashes of more, which it estimates', () => {
  const visits = Array.from({ length: 50_000 }, (_, n) => visit(n))
  const exact = addVisits(noVisitors, visits.slice(0, maxHashes - 1))
  expect(visitorsOf(exact)).toBe(maxHashes - 1)
  const day = addVisits(exact, visits)
  expect(day.sketch).toHaveLength(maxHashes)
  expect(visitorsOf(day)).toBeGreaterThan(45_000)
  expect(visitorsOf(day)).toBeLessThan(55_000)
  expect(addVisits(day, visits)).toEqual(day)
})
