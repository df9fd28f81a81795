import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { generateShortCode, isShortCode, shortCodeProblem } from './short-code.ts'

it.each(['abc', 'A-b_9', 'x'.repeat(20)])('accepts the short code %s', (code) => {
  expect(shortCodeProblem(code)).toBeNull()
})

it.each(['', 'ab', 'x'.repeat(21), 'a b', 'a/b', 'a.b', 'äbc', 'abc\n', 'a%2fb', 'abc+'])(
  'rejects the short code %j',
  (code) => {
    expect(isShortCode(code)).toBe(false)
  },
)

it.each([
  ...['setup', 'signup', 'login', 'logout', 'create', 'dashboard', 'links', 'settings'],
  ...['reauthenticate', 'forgot', 'reset', 'verify', 'api', 'health', 'ready', 'metrics', 'docs'],
  ...['assets', 'static', 'admin', 'oauth', 'dev', 'invites', 'LOGIN', 'Api'],
])('reserves %s', (code) => {
  expect(shortCodeProblem(code)).toContain('reserved')
})

it.each([
  ...['log-in', 'log_in', 'Log-In', 'LOG_IN', 'l-o-g-i-n', 'l0gin', 'Iogin', '1ogin', 'LOG1N'],
  ...['sign_in', 'signin-', '_signin', 's1gn-1n', '5ignin', 'session', 'sessi0n', 'verify-'],
  ...[
    'admin',
    'adm1n',
    'adrnin',
    '4dmin',
    'Admins',
    'account',
    'acc0unt',
    'my-account',
    'security',
  ],
  ...[
    'support',
    'supp0rt',
    'help',
    'h3lp',
    'password',
    'passw0rd',
    'p4ssw0rd',
    'billing',
    'bi11ing',
  ],
  ...['official', '0fficial', 'oauth', '0auth', '0AUTH2fa', 'api-docs', 'api_docs', 'apidocs'],
  ...[
    'reset-password',
    'resetpassword',
    'verify-email',
    'account-login',
    'login_mjrwtf',
    'VVallet',
  ],
])('reserves %s, which looks official', (code) => {
  expect(shortCodeProblem(code)).toContain('reserved')
})

it.each([
  ...['menu', 'summer-sale', 'blog', 'logins-explained', 'helpful', 'supporters', 'session-1'],
  ...['adminton', 'team-2026', 'my-cat', 'first-link', 'xlogin', '2026', 'report', 'about-us'],
])('accepts %s, which only contains a reserved word', (code) => {
  expect(shortCodeProblem(code)).toBeNull()
})

it('generates 7 unambiguous, evenly distributed characters', () => {
  const counts = new Map<string, number>()
  for (let n = 0; n < 5_000; n += 1) {
    const code = generateShortCode((count) => randomBytes(count))
    expect(code).toMatch(/^[2-9a-hjkmnp-zA-HJKLMNP-Z]{7}$/)
    for (const character of code) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  // 35,000 characters over 55: a modulo bias would make some 25 % more frequent.
  const expected = 35_000 / counts.size
  expect(counts.size).toBe(55)
  for (const count of counts.values()) {
    expect(Math.abs(count - expected) / expected).toBeLessThan(0.2)
  }
})

it('never generates a reserved code', () => {
  const alphabet = '23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
  const bytesFor = (code: string) =>
    Uint8Array.from({ length: 16 }, (_, index) => alphabet.indexOf(code.charAt(index) || 'a'))
  const draws = [bytesFor('heaLthz'), bytesFor('abcdefg')]

  expect(generateShortCode(() => draws.shift() ?? bytesFor(''))).toBe('abcdefg')
  const official = [bytesFor('57affMe'), bytesFor('bcdefgh')]
  expect(generateShortCode(() => official.shift() ?? bytesFor(''))).toBe('bcdefgh')
})
