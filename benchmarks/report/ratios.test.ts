import { describe, expect, it } from 'vitest'
import { overhead, ratio, totals } from './ratios.ts'
import { aCase, aRound } from './sample-results.ts'

describe('totals', () => {
  it('adds what the server and the database used, round by round', () => {
    expect(totals(aCase('a', { rounds: [aRound(10, 5), aRound(11, 0)] }))).toEqual([15, 11])
  })

  it('has no value where the database could not be measured', () => {
    expect(totals(aCase('a', { rounds: [aRound(10, null)] }))).toEqual([null])
  })
})

describe('ratio', () => {
  it('is of the medians, and of each round by itself', () => {
    // The machine was twice as slow in the second round, and once in the middle of the third.
    const found = ratio([20, 40, 30], [10, 20, 20])
    expect(found?.ofMedians).toBe(1.5)
    expect(found?.paired).toEqual({ median: 2, low: 1.5, high: 2 })
  })

  it('is nothing where a figure is missing', () => {
    expect(ratio([1, null], [1, 1])).toBeNull()
    expect(ratio([1, 1], [1, null])).toBeNull()
  })

  it('refuses series that do not belong to the same rounds', () => {
    expect(() => ratio([1, 2], [1])).toThrow('unequal')
  })
})

describe('added', () => {
  it('is what remains when the base is taken away', () => {
    expect(overhead([30, 50], [10, 20])).toEqual([20, 30])
  })
})
