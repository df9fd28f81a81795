import { describe, expect, it } from 'vitest'
import { overhead, ratio, totals } from './ratios.ts'
import { aCase, aRound } from './sample-results.ts'

describe('totals', () => {
  it('adds server and database time round by round', () => {
    expect(totals(aCase('a', { rounds: [aRound(10, 5), aRound(11, 0)] }))).toEqual([15, 11])
  })

  it('has no value if the database could not be measured', () => {
    expect(totals(aCase('a', { rounds: [aRound(10, null)] }))).toEqual([null])
  })
})

describe('ratio', () => {
  it('divides the medians and the figures of each round', () => {
    // The machine was half as fast in the second round, and once during the third.
    const found = ratio([20, 40, 30], [10, 20, 20])
    expect(found?.ofMedians).toBe(1.5)
    expect(found?.paired).toEqual({ median: 2, low: 1.5, high: 2 })
  })

  it('is null if a figure is missing', () => {
    expect(ratio([1, null], [1, 1])).toBeNull()
    expect(ratio([1, 1], [1, null])).toBeNull()
  })

  it('throws for series of different lengths', () => {
    expect(() => ratio([1, 2], [1])).toThrow('different lengths')
  })
})

describe('added', () => {
  it('subtracts the base', () => {
    expect(overhead([30, 50], [10, 20])).toEqual([20, 30])
  })
})
