import { describe, expect, it } from 'vitest'
import { figureOf, quantileOf } from './statistics.ts'

describe('figureOf', () => {
  it('returns the median, minimum and maximum', () => {
    expect(figureOf([30, 10, 20])).toEqual({ median: 20, low: 10, high: 30 })
  })

  it('averages the two middle values', () => {
    expect(figureOf([1, 2, 4, 100])?.median).toBe(3)
  })

  it('returns null if a round has no value', () => {
    expect(figureOf([1, null, 3])).toBeNull()
    expect(figureOf([])).toBeNull()
  })
})

describe('quantileOf', () => {
  it('interpolates between values in any order', () => {
    const hundred = Array.from({ length: 101 }, (_, index) => 100 - index)
    expect(quantileOf(hundred, 0.99)).toBe(99)
    expect(quantileOf([0, 10], 0.25)).toBe(2.5)
    expect(quantileOf([5, 1, 3], 1)).toBe(5)
  })
})
