import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { codeKey } from './code-key.ts'
import { generateShortCode, isShortCode, normalizeCode, shortCodeProblem } from './short-code.ts'

it.each([
  ...['a', '7', 'abc', 'A-b_9', 'x'.repeat(64), 'v1.2', 'team/menu', 'a/b/c-d', '-', '_x_'],
  ...[
    'café',
    'cafe\u0301',
    'меню',
    '菜单',
    'เมนูน้ำ',
    'تفاح',
    'शब्द',
    '메뉴',
    '٢٠٣٠',
    'נְקֻדָּה',
    '𠮷野家',
  ],
  ...['می\u200cخواهم', 'क्\u200dष', 'র\u200d্যাব', 'ශ්\u200dරී', 'é'.repeat(64), '𠮷'.repeat(64)],
])('accepts the short code %s', (code) => {
  expect(shortCodeProblem(normalizeCode(code))).toBeNull()
  expect(isShortCode(normalizeCode(code))).toBe(true)
})

it.each([
  ...[
    '',
    'x'.repeat(65),
    '𠮷'.repeat(65),
    'a'.repeat(100_000),
    'a b',
    'abc\n',
    'a%2fb',
    'abc+',
    'a~b',
    'a:b',
  ],
  ...[
    '/a',
    'a/',
    'a//b',
    '/',
    '.',
    '..',
    'a/../b',
    'a/./b',
    '.env',
    'a.',
    'a./b',
    'a/.b',
    '😀',
    'a@b',
    'a\\b',
  ],
  ...[
    'a\u202eb',
    'a\u200bb',
    'a\u2066b',
    'a\u00adb',
    '\ufeffa',
    'a\u200cb',
    'a\u200db',
    '\u200ca',
    'a\u034fb',
  ],
  ...[
    '\u3164',
    'a\u115f',
    'a\u0000',
    '\u0301a',
    '-\u0301',
    'a\u0301\u0300\u0302\u0303\u0304\u0305',
    '\ud800',
    '½',
    'a\u2028b',
  ],
])('rejects the short code %j', (code) => {
  expect(shortCodeProblem(code)).not.toBeNull()
  expect(isShortCode(code)).toBe(false)
})

it.each([
  [' menu ', 'menu'],
  ['cafe\u0301', 'caf\u00e9'],
  ['ｍｅｎｕ', 'menu'],
  ['ﾒﾆｭｰ', 'メニュー'],
  ['น้ำ', 'น้ำ'],
])('stores %s as %s', (text, stored) => {
  expect(normalizeCode(text)).toBe(stored)
})

it.each([
  ['Menu', 'mENU'],
  ['CAFÉ', 'cafe\u0301'],
  ['Straße', 'STRASSE'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['İstanbul', 'i\u0307stanbul'],
  ['DIŞ', 'dış'],
  ['می\u200cخواهم', 'میخواهم'],
  ['ﬁx', 'FIX'],
  ['ｍｅｎｕ', 'menu'],
])('regards %s and %s as the same code', (one, other) => {
  expect(codeKey(one)).toBe(codeKey(other))
})

it('computes keys that are their own keys, in any case', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (text) => {
      const key = codeKey(text)
      expect(codeKey(key)).toBe(key)
      expect(codeKey(text.toUpperCase())).toBe(key)
      expect(codeKey(text.normalize('NFD'))).toBe(key)
    }),
    { numRuns: 300 },
  )
})

it.each([
  ...['setup', 'signup', 'login', 'logout', 'create', 'dashboard', 'links', 'settings'],
  ...['reauthenticate', 'forgot', 'reset', 'verify', 'api', 'health', 'ready', 'metrics', 'docs'],
  ...['assets', 'static', 'admin', 'oauth', 'dev', 'invites', 'LOGIN', 'Api', 'report'],
  ...[
    'login/x',
    'Links/a/edit',
    'report/abc',
    'robots.txt',
    'favicon.ico',
    'admin.php',
    'docs/api',
  ],
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
  ...[
    'lоgin',
    'ΑDMIN',
    'lögin',
    'логin'.replace('лог', 'lоɡ'),
    'ѕесurіtу',
    'bank/login',
    'l.o.g.i.n',
  ],
  ...['l0gin/now', 'lоgin/now', 'admın', 'ｌｏｇｉｎ', 'ℓogin', '𝐥𝐨𝐠𝐢𝐧', 'раѕѕwоrd'],
])('reserves %s, which looks official', (code) => {
  expect(shortCodeProblem(normalizeCode(code))).toContain('reserved')
})

it.each([
  ...['menu', 'summer-sale', 'blog', 'logins-explained', 'helpful', 'supporters', 'session-1'],
  ...[
    'adminton',
    'team-2026',
    'my-cat',
    'first-link',
    'xlogin',
    '2026',
    'about-us',
    'team/login-help',
  ],
])('accepts %s, which only contains a reserved word', (code) => {
  expect(shortCodeProblem(code)).toBeNull()
})

it('generates 7 unambiguous, evenly distributed characters in lower case', () => {
  const counts = new Map<string, number>()
  for (let n = 0; n < 5_000; n += 1) {
    const code = generateShortCode((count) => randomBytes(count))
    expect(code).toMatch(/^[2-9a-hjkmnp-z]{7}$/)
    for (const character of code) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  // 35,000 characters over 31: a modulo bias would make some 12 % more frequent.
  const expected = 35_000 / counts.size
  expect(counts.size).toBe(31)
  for (const count of counts.values()) {
    expect(Math.abs(count - expected) / expected).toBeLessThan(0.11)
  }
})

it('never generates a reserved code', () => {
  const alphabet = '23456789abcdefghjkmnpqrstuvwxyz'
  const bytesFor = (code: string) =>
    Uint8Array.from({ length: 16 }, (_, index) => alphabet.indexOf(code.charAt(index) || 'a'))
  for (const reserved of ['payment', 'pa55key']) {
    const draws = [bytesFor(reserved), bytesFor('abcdefg')]
    expect(generateShortCode(() => draws.shift() ?? bytesFor(''))).toBe('abcdefg')
  }
})
