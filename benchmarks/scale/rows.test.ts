import { describe, expect, it } from 'vitest'

import {
  absoluteTimeout,
  generationOf,
  idleTimeout,
  instantsOf,
  isDue,
  sessionsPerUser,
  sweepDelay,
  tokenOf,
  userOf,
} from './rows.ts'

const now = Date.UTC(2026, 0, 15)
const rows = Array.from({ length: 100_000 }, (_, n) => n)

describe('table rows', () => {
  it('give every user the same number of sessions at every size', () => {
    for (const size of [10_000, 100_000]) {
      const counts = new Map<number, number>()
      for (const n of rows.slice(0, size)) counts.set(userOf(n), (counts.get(userOf(n)) ?? 0) + 1)
      expect(counts.size).toBe(size / sessionsPerUser)
      expect(new Set(counts.values())).toEqual(new Set([sessionsPerUser]))
    }
  })

  it('have tokens in the format of the library', () => {
    expect(tokenOf(7)).toMatch(/^[\w-]{22}\.[\w-]{43}$/)
    expect(tokenOf(7)).not.toBe(tokenOf(8))
  })

  it('are active now, and only the due ones have expired at the sweep', () => {
    const isLive = (n: number, at: number) => {
      const { createdAt, lastActivityAt } = instantsOf(n, now)
      return at < createdAt + absoluteTimeout && at < lastActivityAt + idleTimeout
    }
    expect(rows.every((n) => isLive(n, now))).toBe(true)
    expect(rows.every((n) => isLive(n, now + sweepDelay) !== isDue(n))).toBe(true)
  })

  it('belong to generations of up to ten times as many rows', () => {
    expect(generationOf(9_999)).toEqual({ from: 0, to: 10_000 })
    expect(generationOf(10_000)).toEqual({ from: 10_000, to: 100_000 })
    expect(generationOf(9_999_999)).toEqual({ from: 1_000_000, to: 10_000_000 })
  })
})
