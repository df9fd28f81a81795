import { describe, expect, it } from 'vitest'
import { figureOf, quantileOf } from './statistics.ts'

describe('figureOf', () => {
  it('is the middle value, and the outermost ones', () => {
    expect(figureOf([30, 10, 20])).toEqual({ median: 20, low: 10, high: 30 })
  })

  it('takes the middle of the two middle values', () => {
    expect(figureOf([1, 2, 4, 100])?.median).toBe(3)
  })

  it('is nothing where a round has no value, rather than a figure of the others', () => {
    expect(figureOf([1, null, 3])).toBeNull()
    expect(figureOf([])).toBeNull()
  })
})

describe('quantileOf', () => {
  it('lies between two values as far as the share says, in any order', () => {
    const hundred = Array.from({ length: 101 }, (_, index) => 100 - index)
    expect(quantileOf(hundred, 0.99)).toBe(99)
    expect(quantileOf([0, 10], 0.25)).toBe(2.5)
    expect(quantileOf([5, 1, 3], 1)).toBe(5)
  })
})
