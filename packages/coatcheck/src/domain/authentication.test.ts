import { describe, expect, it } from 'vitest'
import {
  type AuthenticationMethod,
  assuranceLevelOf,
  isAuthenticationMethod,
  mergeMethods,
} from './authentication.ts'

function usedAt(at: number, text: string) {
  const names = text.split(' ').filter(isAuthenticationMethod)
  return names.map((method: AuthenticationMethod) => ({ method, at }))
}

describe('assuranceLevelOf', () => {
  it.each([
    ['', 1],
    ['pwd', 1],
    ['otp', 1],
    ['fed', 1],
    ['pwd rba', 1],
    ['pwd user', 1],
    ['pwd kba', 1],
    ['pwd pin', 1],
    ['pwd mca', 1],
    ['otp sms', 1],
    ['otp fpt', 1],
    ['swk user', 1],
    ['hwk user', 1],
    ['swk otp', 1],
    ['hwk sc', 1],
    ['fed pwd', 1],
    ['mfa', 2],
    ['fed mfa', 2],
    ['fed otp', 2],
    ['fed swk', 2],
    ['pwd otp', 2],
    ['pwd sms', 2],
    ['pwd tel', 2],
    ['pwd swk', 2],
    ['pwd pop', 2],
    ['swk user mfa', 2],
    ['swk pin', 2],
    ['pop face', 2],
    ['swk fpt', 2],
    ['pwd hwk', 3],
    ['hwk user mfa', 3],
    ['sc pin', 3],
    ['hwk iris', 3],
  ])('returns the level of "%s": %i', (text, level) => {
    expect(assuranceLevelOf(usedAt(1, text))).toBe(level)
  })

  it('counts only the methods that were used since an instant', () => {
    const methods = [...usedAt(100, 'pwd'), ...usedAt(200, 'otp')]
    expect(assuranceLevelOf(methods, 100)).toBe(2)
    expect(assuranceLevelOf(methods, 101)).toBe(1)
    expect(assuranceLevelOf(methods, 201)).toBe(1)
  })
})

describe('mergeMethods', () => {
  it('keeps each method once, with its latest instant, in the order of the first use', () => {
    const merged = mergeMethods(usedAt(5, 'pwd otp'), [
      ...usedAt(3, 'pwd'),
      ...usedAt(9, 'otp sms'),
    ])
    expect(merged).toEqual([...usedAt(5, 'pwd'), ...usedAt(9, 'otp sms')])
  })
})

it('isAuthenticationMethod knows no inherited names', () => {
  for (const name of ['constructor', '__proto__', 'toString', '', 'PWD']) {
    expect(isAuthenticationMethod(name)).toBe(false)
  }
})
