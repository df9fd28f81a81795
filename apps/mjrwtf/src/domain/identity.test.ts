import { describe, expect, it } from 'vitest'
import { confirmationProblem } from './identity.ts'
import { minute, second } from './time.ts'

const startedAt = Date.UTC(2030, 0, 15, 12)
const visit = { startedAt, completedAt: startedAt + 3 * minute }

describe('confirmationProblem', () => {
  it.each([
    ['no time', null, 'no-auth-time'],
    ['a session from before the visit', startedAt - minute - second, 'stale-auth-time'],
    ['a provider whose clock is a minute behind', startedAt - minute, null],
    ['an authentication during the visit', startedAt + minute, null],
    ['a provider whose clock is a minute ahead', visit.completedAt + minute, null],
    ['a later time', visit.completedAt + minute + second, 'future-auth-time'],
    ['the epoch', 0, 'stale-auth-time'],
    ['no number', Number.NaN, 'stale-auth-time'],
  ] as const)('of %s', (_name, authenticatedAt, expected) => {
    expect(confirmationProblem(authenticatedAt, visit)).toBe(expected)
  })
})
