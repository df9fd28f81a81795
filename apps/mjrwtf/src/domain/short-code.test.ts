import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { generateShortCode, isShortCode, shortCodeProblem } from './short-code.ts'

it.each(['abc', 'A-b_9', 'x'.repeat(20)])('takes %s', (code) => {
  expect(shortCodeProblem(code)).toBeNull()
})

it.each(['', 'ab', 'x'.repeat(21), 'a b', 'a/b', 'a.b', 'äbc', 'abc\n', 'a%2fb', 'abc+'])(
  'refuses %j',
  (code) => {
    expect(isShortCode(code)).toBe(false)
  },
)

it.each([
  ...['setup', 'signup', 'login', 'logout', 'create', 'dashboard', 'links', 'settings'],
  ...['reauthenticate', 'forgot', 'reset', 'verify', 'api', 'health', 'ready', 'metrics', 'docs'],
  ...['assets', 'static', 'admin', 'oauth', 'dev', 'invites', 'LOGIN', 'Api'],
])('keeps %s for the app', (word) => {
  expect(shortCodeProblem(word)).toContain('reserved')
})

it('generates codes of 7 characters that nobody misreads, evenly', () => {
  const counts = new Map<string, number>()
  for (let n = 0; n < 5_000; n += 1) {
    const code = generateShortCode((count) => randomBytes(count))
    expect(code).toMatch(/^[2-9a-hjkmnp-zA-HJKLMNP-Z]{7}$/)
    for (const character of code) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  // 35 000 letters over 55: a remainder's bias would give some 25 percent more than others.
  const expected = 35_000 / counts.size
  expect(counts.size).toBe(55)
  for (const count of counts.values()) {
    expect(Math.abs(count - expected) / expected).toBeLessThan(0.2)
  }
})

it('passes over a reserved word', () => {
  const alphabet = '23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
  const bytesFor = (code: string) =>
    Uint8Array.from({ length: 16 }, (_, index) => alphabet.indexOf(code.charAt(index) || 'a'))
  const draws = [bytesFor('heaLthz'), bytesFor('abcdefg')]

  expect(generateShortCode(() => draws.shift() ?? bytesFor(''))).toBe('abcdefg')
})
