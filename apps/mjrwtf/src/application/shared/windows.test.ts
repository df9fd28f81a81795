import { describe, expect, it } from 'vitest'
import { createWindows } from './windows.ts'

/** Windows of 100 ms, each with a counter. `ended` has the counts of those that ended. */
function open(max = 3) {
  const ended: number[] = []
  const windows = createWindows({
    length: 100,
    max,
    create: () => ({ count: 0 }),
    onEnd: ({ count }) => void ended.push(count),
  })
  function count(key: string, now: number): number {
    const value = windows.valueAt(key, now)
    value.count += 1
    return value.count
  }
  return { windows, ended, count }
}

describe('createWindows', () => {
  it('keeps the value of a key for the length of a window from its first use', () => {
    const { count, ended } = open()
    expect([count('a', 50), count('b', 99), count('a', 149)]).toEqual([1, 1, 2])
    expect(ended).toEqual([])
    expect([count('a', 150), count('b', 150)]).toEqual([1, 2])
    expect(ended).toEqual([2])
  })

  it('ends the oldest window if there are too many, and no other', () => {
    const { count, ended } = open(2)
    for (const key of ['a', 'a', 'b', 'c']) count(key, 0)
    expect(ended).toEqual([2])
    expect([count('c', 0), count('b', 0)]).toEqual([2, 2])
  })

  it('ends no window early because windows of other keys have ended before', () => {
    const { count } = open(3)
    for (let round = 0; round < 500; round += 1) {
      const now = round * 60
      expect([count(`${round}`, now), count(`${round}`, now + 59)]).toEqual([1, 2])
    }
  })

  it('reports each window once, also those that have not ended when it is cleared', () => {
    const { windows, count, ended } = open()
    for (const key of ['a', 'b', 'b']) count(key, 0)
    windows.removeEnded(99)
    expect(ended).toEqual([])
    windows.removeEnded(100)
    windows.removeEnded(200)
    expect(ended).toEqual([1, 2])
    for (const key of ['c', 'c', 'c']) count(key, 200)
    windows.clear()
    windows.clear()
    expect(ended).toEqual([1, 2, 3])
    expect(count('c', 200)).toBe(1)
  })

  it('starts again after the clock was set back by the length of a window', () => {
    const { count, ended } = open()
    for (const now of [1_000, 1_000, 901]) count('a', now)
    expect(count('b', 950)).toBe(1)
    expect(count('a', 900)).toBe(1)
    expect(ended).toEqual([3])
    expect(count('b', 900)).toBe(2)
  })

  it('reports a window once that ends before an older one, because the clock was set back', () => {
    const { windows, count, ended } = open()
    for (const now of [950, 950, 950]) count('a', now)
    for (const now of [1_000, 1_000, 900]) count('b', now)
    expect(ended).toEqual([2])
    windows.clear()
    expect(ended).toEqual([2, 3, 1])
  })
})
